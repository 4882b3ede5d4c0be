import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../runtime/data/cache/fingerprint.ts'
import { findData, openDataset } from '../../runtime/data/open.ts'
import { isStored } from '../../runtime/data/stored/is-stored.ts'
import '../support/own-cache.ts'
import { bytesNpy, bytesOf, counting, labelsNpy, npy, npz } from '../support/npy.ts'
import { refusal } from '../support/refusal.ts'
import { rowsOf } from '../support/rows-of.ts'
import { writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'
import type { Split } from '../../runtime/data/dataset.ts'

/** Which arrays belong together, in files and in archives. */

type Arrays = Readonly<Record<string, Uint8Array>>
const images = (count: number, from = 0) => bytesNpy([count, 2, 2], counting(4 * count, from))
const folderOf = (files: Arrays): string => writeFiles(temporaryFolder(), files)
const inFolder = (arrays: Arrays): string =>
  folderOf(Object.fromEntries(Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes])))
const inArchive = async (arrays: Arrays, compress = false): Promise<string> =>
  join(folderOf({ 'set.npz': await npz(arrays, { compress }) }), 'set.npz')

describe('arrays belong together by their names, in an archive as in a folder:', () => {
  it.each<[string, Split, string | undefined]>([
    ['x_train', 'train', 'y_train'],
    ['X_train', 'train', 'Y_train'],
    ['train_x', 'train', 'train_y'],
    ['train-images', 'train', 'train-labels'],
    ['train_data', 'train', 'train_targets'],
    ['training_images', 'train', 'training_labels'],
    ['train', 'train', 'train_label'],
    ['x', 'train', 'y'],
    ['images', 'train', 'labels'],
    ['data', 'train', 'target'],
    ['signals', 'train', 'targets'],
    ['x_test', 'test', 'y_test'],
    ['val_images', 'test', 'val_labels'],
    ['validation_data', 'test', 'validation_labels'],
    ['x_valid', 'test', 'y_valid'],
    ['x_unlabelled', 'unlabelled', undefined],
    ['unlabeled_images', 'unlabelled', undefined],
    ['unsupervised', 'unlabelled', undefined],
  ])('%s is of the split %s, and its labels are %s', async (rows, split, labels) => {
    const arrays = { [rows]: images(3), ...(labels === undefined ? {} : { [labels]: labelsNpy(0, 2, 1) }) }
    for (const path of [inFolder(arrays), await inArchive(arrays)]) {
      expect(await findData(path)).toMatchObject({ kind: 'numpy', splits: [split] })
      const dataset = await openDataset(path, split)
      expect(dataset.labels).toEqual(labels === undefined ? undefined : Uint32Array.of(0, 2, 1))
      expect([...(await rowsOf(dataset))]).toEqual(counting(12))
    }
  })

  it('classes are counted over all splits', async () => {
    const arrays = {
      ...{ x_train: images(2), y_train: labelsNpy(0, 1), x_test: images(1), y_test: labelsNpy(4) },
      x_unlabelled: images(2),
    }
    for (const path of [inFolder(arrays), await inArchive(arrays)]) {
      expect((await findData(path)).splits).toEqual(['unlabelled', 'train', 'test'])
      for (const split of ['train', 'test'] as const) expect((await openDataset(path, split)).classes).toBe(5)
    }
  })

  it('test images come before those to validate with', async () => {
    const path = inFolder({ x_train: images(1), x_val: images(2), x_test: images(3) })
    expect((await openDataset(path, 'test')).count).toBe(3)
  })

  it('labels of the images to validate with are not those of test images that have none', async () => {
    const arrays = { x_train: images(1), y_train: labelsNpy(1), x_val: images(2), y_val: labelsNpy(0, 1) }
    const path = inFolder({ ...arrays, x_test: images(2, 9) })
    expect((await openDataset(path, 'test')).labels).toBeUndefined()
    expect((await openDataset(inFolder(arrays), 'test')).labels).toEqual(Uint32Array.of(0, 1))
  })

  it('one archive a split: train.npz and test.npz with x and y each', async () => {
    const path = folderOf({
      'train.npz': await npz({ x: images(2), y: labelsNpy(1, 0) }),
      'test.npz': await npz({ x: images(1), y: labelsNpy(1) }),
    })
    expect(await openDataset(path, 'train')).toMatchObject({ count: 2, labels: Uint32Array.of(1, 0) })
    expect(await openDataset(path, 'test')).toMatchObject({ count: 1, labels: Uint32Array.of(1) })
  })

  it('an archive alone in a folder may be called anything', async () => {
    const path = folderOf({ 'mnist.npz': await npz({ x_train: images(2), y_train: labelsNpy(1, 0) }) })
    expect(await openDataset(path, 'train')).toMatchObject({ count: 2, labels: Uint32Array.of(1, 0) })
  })

  it('a file of one array is what is trained on, whatever it is called; a folder of one is not', async () => {
    const folder = inFolder({ embeddings: images(2) })
    expect((await openDataset(join(folder, 'embeddings.npy'), 'train')).count).toBe(2)
    expect((await openDataset(await inArchive({ embeddings: images(2) }), 'train')).count).toBe(2)
    expect(await refusal(findData(folder))).toContain('no data set that Hebb knows')
  })

  it('arrays of other names are told', async () => {
    const path = await inArchive({ first: images(2), second: images(2) })
    expect(await refusal(findData(path))).toContain(
      'set.npz: holds arrays called first, second, none of which is known to be images',
    )
    expect(await refusal(findData(await inArchive({})))).toContain('set.npz: holds no arrays')
  })

  it('two arrays that could both be one part are told, not chosen from', async () => {
    for (const path of [
      inFolder({ x_train: images(2), 'X-train': images(2, 100) }),
      await inArchive({ 'a/x_train': images(2), 'b/x_train': images(2, 100) }),
      inFolder({ x_train: images(2), y_train: labelsNpy(0, 1), Y_train: labelsNpy(1, 0) }),
    ])
      expect(await refusal(findData(path))).toMatch(
        /[xXyY][-_]train\.npy: has the name of .*[xXyY][-_]train\.npy/,
      )
  })

  it('a split that is not there is told, with those that are', async () => {
    for (const path of [inFolder({ x_train: images(2) }), await inArchive({ x_train: images(2) })])
      expect(await refusal(openDataset(path, 'test'))).toContain(
        `${path}: has no test images, only training images`,
      )
  })
})

describe('an archive', () => {
  const arrays = { x_train: images(3), y_train: labelsNpy(0, 2, 1) }

  it('is read where it lies when it is stored, and prepared when it is packed, to the same rows', async () => {
    const plain = await inArchive(arrays)
    const packed = await inArchive(arrays, true)
    const [one, other] = [await openDataset(plain, 'train'), await openDataset(packed, 'train')]
    const sourceOf = (dataset: typeof one) => isStored(dataset) && dataset.stored.pieces[0]?.source
    expect(sourceOf(one)).toMatchObject({ path: plain })
    expect(sourceOf(other)).not.toMatchObject({ path: packed })
    for (const dataset of [one, other]) expect([...(await rowsOf(dataset))]).toEqual(counting(12))
    expect(await fingerprint(one)).toBe(await fingerprint(other))
    expect(one.labels).toEqual(other.labels)
  })

  it('with arrays of one name in several folders keeps them apart', async () => {
    const path = await inArchive({ 'a/x_train': images(2), 'b/x_test': images(2, 100) }, true)
    expect([...(await rowsOf(await openDataset(path, 'train')))]).toEqual(counting(8))
    expect([...(await rowsOf(await openDataset(path, 'test')))]).toEqual(counting(8, 100))
  })

  it('that was written to since is refused, not read', async () => {
    const path = await inArchive(arrays)
    const dataset = await openDataset(path, 'train')
    writeFileSync(path, await npz({ x_train: images(30), y_train: labelsNpy(0, 2, 1) }))
    await expect(rowsOf(dataset)).rejects.toThrow('was changed since it was opened')
  })
})

describe('labels', () => {
  const open = (labels: Uint8Array) => openDataset(inFolder({ x_train: images(3), y_train: labels }), 'train')
  const values = [1, 0, 2]

  it.each<[string, Uint8Array]>([
    ['|u1', Uint8Array.from(values)],
    ['|i1', bytesOf(Int8Array.from(values))],
    ['<i2', bytesOf(Int16Array.from(values))],
    ['>i4', Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2)],
    ['<u8', bytesOf(BigUint64Array.from(values, BigInt))],
    ['<f4', bytesOf(Float32Array.from(values))],
    ['<f8', bytesOf(Float64Array.from(values))],
  ])('may be %s', async (descr, bytes) => {
    for (const shape of [[3], [3, 1]])
      expect((await open(npy(descr, shape, bytes))).labels).toEqual(Uint32Array.from(values))
  })

  it.each<[string, Uint8Array, string]>([
    ['too few', labelsNpy(0, 1), 'y_train.npy: has the shape (2), and there are 3 rows'],
    ['one-hot', bytesNpy([3, 2], [0, 1, 1, 0, 0, 1]), 'y_train.npy: has the shape (3, 2), and there are'],
    ['below 0', labelsNpy(0, -1, 2), 'label -1 of row 1 (byte 136) is no whole number from 0'],
    ['halves', npy('<f4', [3], bytesOf(Float32Array.of(0, 1, 0.5))), 'label 0.5 of row 2 (byte 136) is no'],
    ['no numbers', npy('<f4', [3], bytesOf(Float32Array.of(NaN, 1, 0))), 'label NaN of row 0 (byte 128)'],
    ['of absurdly many classes', labelsNpy(0, 1, 2 ** 40), 'label 1099511627776 of row 2 (byte 144)'],
    ['text', npy('<U1', [3], new Uint8Array(12)), "y_train.npy: holds values of type '<U1'"],
  ])('that are %s are refused, with the byte', async (_, labels, told) => {
    expect(await refusal(open(labels))).toContain(told)
  })
})

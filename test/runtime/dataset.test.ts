import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { labelsOf } from '../../runtime/data/dataset.ts'
import { findData, openDataset } from '../../runtime/data/open.ts'
import { UserError } from '../../src/base/error.ts'
import { rowsOf } from '../support/rows-of.ts'
import { idxFiles, writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'

const committed = fileURLToPath(new URL('../../data/fashion-mnist', import.meta.url))

describe('the committed subset of Fashion-MNIST', () => {
  it.each([
    ['train', 6000, 600],
    ['test', 1000, 100],
  ] as const)('has the same number of %s images of every class', async (split, count, perClass) => {
    const dataset = await openDataset(committed, split)
    expect(dataset).toMatchObject({
      name: 'fashion-mnist',
      count,
      shape: [1, 28, 28],
      type: 'uint8',
      classes: 10,
    })
    expect((await rowsOf(dataset)).length).toBe(count * 28 * 28)
    const perLabel = new Array<number>(10).fill(0)
    for (const label of labelsOf(dataset, 'this')) perLabel[label] = (perLabel[label] ?? 0) + 1
    expect(perLabel).toEqual(new Array(10).fill(perClass))
  })
})

describe('opening a data set', () => {
  const told = async (spec: string): Promise<string> => {
    const error: unknown = await openDataset(spec, 'train').catch((reason: unknown) => reason)
    if (error instanceof UserError) return `${error.name}: ${error.message}`
    throw error
  }

  it('says which folder is missing, and where it was looked for', async () => {
    const path = join(temporaryFolder(), 'missing')
    expect(await told(path)).toContain(`DataError: no folder ${path}`)
    expect(await told('missing')).toContain(`looked for ${resolve('missing')}`)
  })

  it('says that a file is none, where it is none', async () => {
    const folder = writeFiles(temporaryFolder(), { 'train.bin': 'x' })
    const path = join(folder, 'train.bin')
    expect(await told(path)).toContain(`no data set that Hebb knows in ${path}`)
  })

  it('lists what it looked for where it knows nothing', async () => {
    const folder = writeFiles(temporaryFolder(), { 'data.bin': '', 'notes.txt': '' })
    const message = await told(folder)
    for (const part of [
      `no data set that Hebb knows in ${folder}`,
      'IDX: train-images-idx3-ubyte[.gz]',
      'cifar-10: data_batch_1.bin, ',
      'cifar-100: train.bin, test.bin, here or in cifar-100-binary/',
      'STL-10 binary: unlabeled_X.bin, train_X.bin, test_X.bin, ',
      'docs/data.md',
    ])
      expect(message).toContain(part)
  })

  it('lists nothing else where the kind is named', async () => {
    const message = await told(`stl10:${writeFiles(temporaryFolder(), idxFiles())}`)
    expect(message).toContain('no data set of kind stl10 in ')
    expect(message).toContain('STL-10 binary: ')
    expect(message).not.toContain('IDX: ')
  })

  it('knows no kind but those that there are, and tells the nearest', async () => {
    const folder = writeFiles(temporaryFolder(), idxFiles())
    const message = await told(`cifar01:${folder}`)
    expect(message).toContain("DataError: there is no kind of data set 'cifar01'")
    expect(message).toContain('idx, cifar10, cifar100, stl10')
    expect(message).toContain("did you mean 'cifar10'")
    expect(await told(`imagenet:${folder}`)).not.toContain('did you mean')
  })

  it('takes a path with a colon for what it is, where it is there', async () => {
    const folder = writeFiles(join(temporaryFolder(), 'cifar10:mine'), idxFiles())
    const here = process.cwd()
    process.chdir(dirname(folder))
    onTestFinished(() => {
      process.chdir(here)
    })
    expect(await findData('cifar10:mine')).toMatchObject({ kind: 'idx', path: resolve('cifar10:mine') })
    expect((await findData(`idx:cifar10:mine`)).spec).toBe(`idx:${resolve('cifar10:mine')}`)
  })

  it('finds it again by what it calls it, wherever the process is', async () => {
    const folder = writeFiles(temporaryFolder(), idxFiles())
    for (const spec of [relative('', folder), `idx:${relative('', folder)}`]) {
      const found = await findData(spec)
      expect(isAbsolute(found.path)).toBe(true)
      expect(found.spec).toBe(spec.startsWith('idx:') ? `idx:${folder}` : folder)
      expect((await findData(found.spec)).spec).toBe(found.spec)
    }
  })
})

describe('a data set that was found', () => {
  it('opens a split once, however often it is asked for, and anew for another size', async () => {
    const source = await findData(committed)
    const first = await source.open('train', {})
    expect(await source.open('train', { onNotice: () => undefined })).toBe(first)
    expect(await source.open('train', { wanted: [1, 28, 28] })).not.toBe(first)
    expect(await source.open('test', {})).not.toBe(first)
  })
})

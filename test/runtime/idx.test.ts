import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openDataset } from '../../runtime/data/open.ts'
import { UserError } from '../../src/base/error.ts'
import { rowsOf } from '../support/rows-of.ts'
import { IDX_NAMES, idx, idxFiles, writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'

const { trainImages, trainLabels, testImages, testLabels } = IDX_NAMES

/** The small data set with some of its files changed. */
const folderWith = (changed: Record<string, Uint8Array | string> = {}): string =>
  writeFiles(temporaryFolder(), { ...idxFiles(), ...changed })

const expectRefusal = async (folder: string, ...parts: readonly string[]): Promise<void> => {
  const error: unknown = await openDataset(folder, 'train').catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(UserError)
  for (const part of parts) expect(error).toHaveProperty('message', expect.stringContaining(part))
}

/** What of a data set does not depend on where it lies. */
const opened = async (folder: string, split: 'train' | 'test' = 'train') => {
  const dataset = await openDataset(folder, split)
  const { count, shape, type, classes, labels } = dataset
  return { count, shape, type, classes, labels, rows: await rowsOf(dataset) }
}

describe('a folder of IDX files', () => {
  it('calls its classes by the lines of class_names.txt, if there is one', async () => {
    const named = folderWith({ 'class_names.txt': 'cat\ndog \r\nhorse\n' })
    expect((await openDataset(named, 'test')).classNames).toEqual(['cat', 'dog', 'horse'])
    expect((await openDataset(folderWith(), 'test')).classNames).toBeUndefined()
    await expectRefusal(folderWith({ 'class_names.txt': 'cat\n' }), 'holds 1 lines, and there are 3 classes')
    const clothes = await openDataset('data/fashion-mnist', 'train')
    expect(clothes.classNames?.[9]).toBe('ankle boot')
  })

  it('opens as training and test images, bytes as they are', async () => {
    const folder = folderWith()
    const same = { shape: [1, 2, 2], type: 'uint8', classes: 3 }
    expect(await opened(folder)).toEqual({
      ...{ ...same, count: 3, labels: Uint32Array.of(0, 2, 1) },
      rows: Uint8Array.of(0, 255, 0, 255, 10, 20, 30, 40, 50, 60, 70, 80),
    })
    expect(await opened(folder, 'test')).toEqual({
      ...{ ...same, count: 1, labels: Uint32Array.of(2) },
      rows: Uint8Array.of(1, 2, 3, 4),
    })
  })

  it('is named after the folder', async () => {
    const folder = writeFiles(join(temporaryFolder(), 'letters'), idxFiles())
    expect((await openDataset(folder, 'test')).name).toBe('letters')
  })

  it('may be gzipped, named with a dot, or gzipped under a plain name and the reverse', async () => {
    const plain = await opened(folderWith())
    const files = idxFiles()
    const renamed = (rename: (name: string) => string, pack: (bytes: Buffer) => Buffer) =>
      Object.fromEntries(Object.entries(files).map(([name, bytes]) => [rename(name), pack(bytes)]))
    for (const content of [
      renamed(
        (name) => `${name}.gz`,
        (bytes) => gzipSync(bytes),
      ),
      renamed(
        (name) => name.replace('-idx', '.idx'),
        (bytes) => bytes,
      ),
      renamed(
        (name) => name,
        (bytes) => gzipSync(bytes),
      ),
      renamed(
        (name) => `${name}.gz`,
        (bytes) => bytes,
      ),
    ]) {
      const folder = writeFiles(temporaryFolder(), content)
      expect(await opened(folder)).toEqual(plain)
    }
  })

  it.each([
    ['mnist', '5041921314353617'],
    ['fashion-mnist', '9003027255095579'],
  ])('is known as %s by its first labels, not by the name of the folder', async (name, labels) => {
    const folder = folderWith({
      [trainLabels]: idx([16], Uint8Array.from(labels, Number)),
      [trainImages]: idx([16, 2, 2], new Uint8Array(64)),
    })
    expect(await openDataset(folder, 'test')).toMatchObject({ name, classes: 10 })
  })
})

describe('a damaged IDX file is refused with its path:', () => {
  it('cut short anywhere, with expected and actual bytes', async () => {
    const whole = idxFiles()[trainImages]
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
        const folder = writeFiles(temporaryFolder(), {
          ...idxFiles(),
          [trainImages]: whole.subarray(0, length),
        })
        await expectRefusal(folder, join(folder, trainImages), `holds ${length} bytes`)
      }),
      { numRuns: 30 },
    )
    await expectRefusal(
      folderWith({ [trainImages]: whole.subarray(0, 20) }),
      'holds 20 bytes, and 3 × 2 × 2 values need 28: it is cut short\n  Copy or download the file again.',
    )
  })

  it('longer than it should be', async () => {
    const longer = Buffer.concat([idxFiles()[trainLabels], Buffer.alloc(2)])
    await expectRefusal(
      folderWith({ [trainLabels]: longer }),
      'holds 13 bytes, and 3 values need 11: something was appended',
    )
  })

  it.each([
    [
      'labels for images',
      idx([3], new Uint8Array(3)),
      '0x00000801 (0x00000803 expected)',
      'two files swapped',
    ],
    ['a web page', '<!DOCTYPE html>', '0x3c21444f', 'a web page'],
    ['a pointer', 'version https://git-lfs.github.com/spec/v1', '0x76657273', 'git lfs pull'],
    ['a zip', 'PK\u0003\u0004…', '0x504b0304', 'unpack it'],
    ['reversed bytes', Buffer.from([3, 8, 0, 0, 9, 9]), '0x03080000', 'reverse order'],
    ['floats', idx([1, 1, 1], new Uint8Array(4), 0x0d03), '0x00000d03', 'not single bytes'],
    ['something else', 'something else', '0x736f6d65', 'not an IDX file'],
  ])('%s, with the magic number seen and the likely cause', async (_, content, seen, cause) => {
    await expectRefusal(folderWith({ [trainImages]: content }), `starts with ${seen}`, `Likely: `, cause)
  })

  it('gzip that is cut short or corrupt', async () => {
    const packed = gzipSync(idxFiles()[trainImages])
    const corrupt = Uint8Array.from(packed)
    corrupt.fill(0xff, 12, 20)
    for (const content of [packed.subarray(0, -9), corrupt]) {
      const folder = folderWith({ [trainImages]: content })
      await expectRefusal(folder, `${join(folder, trainImages)}: its gzip data are damaged (`)
    }
  })

  it('other labels than images, by number or by range', async () => {
    await expectRefusal(
      folderWith({ [trainLabels]: idx([2], Uint8Array.from([0, 1])) }),
      'holds 2 labels for 3 images',
    )
    const folder = folderWith({ [testLabels]: idx([1], Uint8Array.from([7])) })
    await expect(openDataset(folder, 'test')).rejects.toThrow(
      `${join(folder, testLabels)}: label 7 of image 0 is out of range: the training labels are below 3`,
    )
  })

  it('no images at all', async () => {
    const none = {
      [trainImages]: idx([0, 28, 28], new Uint8Array()),
      [trainLabels]: idx([0], new Uint8Array()),
    }
    await expectRefusal(folderWith(none), 'holds no images (0 × 28 × 28)')
  })

  it('a file of the four that is missing', async () => {
    const folder = writeFiles(temporaryFolder(), { [testImages]: idxFiles()[testImages] })
    await expectRefusal(
      folder,
      `${folder}: has some files of an IDX data set, but no training images`,
      `${trainImages}.gz`,
    )
    const labelled = writeFiles(folder, { [testLabels]: idxFiles()[testLabels] })
    await expectRefusal(labelled, 'but no training labels', `${trainLabels}.gz`)
    const tested = writeFiles(temporaryFolder(), idxFiles())
    rmSync(join(tested, testLabels))
    expect((await openDataset(tested, 'train')).count).toBe(3)
    await expect(openDataset(tested, 'test')).rejects.toThrow('but no test labels')
  })
})

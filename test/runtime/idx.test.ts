import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openDataset } from '../../runtime/data/open.ts'
import { UserError } from '../../src/base/error.ts'
import { IDX_NAMES, idx, idxFiles, writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'

const { trainImages, trainLabels, testImages, testLabels } = IDX_NAMES

/** The small data set with some of its files changed. */
const folderWith = (changed: Record<string, Uint8Array | string> = {}): string =>
  writeFiles(temporaryFolder(), { ...idxFiles(), ...changed })

const expectRefusal = (folder: string, ...parts: readonly string[]): void => {
  const open = () => openDataset(folder, 'train')
  expect(open).toThrow(UserError)
  for (const part of parts) expect(open).toThrow(part)
}

describe('a folder of IDX files', () => {
  it('opens as training and test images, bytes as they are', () => {
    const folder = folderWith()
    const train = openDataset(folder, 'train')
    expect(train).toMatchObject({ count: 3, channels: 1, height: 2, width: 2, classes: 3 })
    expect([...train.images]).toEqual([0, 255, 0, 255, 10, 20, 30, 40, 50, 60, 70, 80])
    expect([...train.labels]).toEqual([0, 2, 1])
    const test = openDataset(folder, 'test')
    expect(test).toMatchObject({ count: 1, classes: 3, mean: train.mean, std: train.std })
    expect([...test.images]).toEqual([1, 2, 3, 4])
    expect([...test.labels]).toEqual([2])
  })

  it('is named after the folder, with mean and deviation of the training images', () => {
    const folder = writeFiles(join(temporaryFolder(), 'letters'), idxFiles())
    const values = [0, 255, 0, 255, 10, 20, 30, 40, 50, 60, 70, 80].map((byte) => byte / 255)
    const mean = values.reduce((sum, value) => sum + value) / 12
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 12
    const dataset = openDataset(folder, 'test')
    expect(dataset.name).toBe('letters')
    expect(dataset.mean[0]).toBeCloseTo(mean, 12)
    expect(dataset.std[0]).toBeCloseTo(Math.sqrt(variance), 12)
  })

  it('may be gzipped, named with a dot, or gzipped under a plain name and the reverse', () => {
    const plain = openDataset(folderWith(), 'train')
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
      expect(openDataset(folder, 'train')).toEqual({ ...plain, name: expect.any(String) as string })
    }
  })

  it.each([
    ['mnist', '5041921314353617', 0.1307, 0.3081],
    ['fashion-mnist', '9003027255095579', 0.286, 0.353],
  ])('is known as %s by its first labels, not by the name of the folder', (name, labels, mean, std) => {
    const folder = folderWith({
      [trainLabels]: idx([16], Uint8Array.from(labels, Number)),
      [trainImages]: idx([16, 2, 2], new Uint8Array(64)),
    })
    expect(openDataset(folder, 'test')).toMatchObject({ name, mean: [mean], std: [std], classes: 10 })
  })

  it('of images in one single grey has a deviation of 1, not of 0', () => {
    const folder = folderWith({ [trainImages]: idx([3, 2, 2], new Uint8Array(12).fill(51)) })
    expect(openDataset(folder, 'train')).toMatchObject({ mean: [51 / 255], std: [1] })
  })
})

describe('a damaged IDX file is refused with its path:', () => {
  it('cut short anywhere, with expected and actual bytes', () => {
    const whole = idxFiles()[trainImages]
    fc.assert(
      fc.property(fc.nat(whole.length - 1), (length) => {
        const folder = writeFiles(temporaryFolder(), {
          ...idxFiles(),
          [trainImages]: whole.subarray(0, length),
        })
        expectRefusal(folder, join(folder, trainImages), `holds ${length} bytes`)
      }),
      { numRuns: 30 },
    )
    expectRefusal(
      folderWith({ [trainImages]: whole.subarray(0, 20) }),
      'holds 20 bytes, and 3 × 2 × 2 values need 28: it is cut short\n  Copy or download the file again.',
    )
  })

  it('longer than it should be', () => {
    const longer = Buffer.concat([idxFiles()[trainLabels], Buffer.alloc(2)])
    expectRefusal(
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
  ])('%s, with the magic number seen and the likely cause', (_, content, seen, cause) => {
    expectRefusal(folderWith({ [trainImages]: content }), `starts with ${seen}`, `Likely: `, cause)
  })

  it('gzip that is cut short or corrupt', () => {
    const packed = gzipSync(idxFiles()[trainImages])
    const corrupt = Uint8Array.from(packed)
    corrupt.fill(0xff, 12, 20)
    for (const content of [packed.subarray(0, -9), corrupt]) {
      const folder = folderWith({ [trainImages]: content })
      expectRefusal(folder, `${join(folder, trainImages)}: its gzip data are damaged (`)
    }
  })

  it('other labels than images, by number or by range', () => {
    expectRefusal(
      folderWith({ [trainLabels]: idx([2], Uint8Array.from([0, 1])) }),
      'holds 2 labels for 3 images',
    )
    const folder = folderWith({ [testLabels]: idx([1], Uint8Array.from([7])) })
    expect(() => openDataset(folder, 'test')).toThrow(
      `${join(folder, testLabels)}: label 7 of image 0 is out of range: the training labels are below 3`,
    )
  })

  it('no images at all', () => {
    const none = {
      [trainImages]: idx([0, 28, 28], new Uint8Array()),
      [trainLabels]: idx([0], new Uint8Array()),
    }
    expectRefusal(folderWith(none), 'holds no images (0 × 28 × 28)')
  })

  it('a file of the four that is missing', () => {
    const folder = writeFiles(temporaryFolder(), { [testImages]: idxFiles()[testImages] })
    expectRefusal(
      folder,
      `${folder}: has some files of an IDX data set, but no training labels`,
      `${trainLabels}.gz`,
    )
  })
})

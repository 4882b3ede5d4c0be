import { execFileSync } from 'node:child_process'
import { rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findData, openDataset } from '../../runtime/data/open.ts'
import { UserError } from '../../src/base/error.ts'
import { rowsOf } from '../support/rows-of.ts'
import { cifarRecords, IDX_NAMES, idx, idxFiles, writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'

const { trainImages, trainLabels, testImages, testLabels } = IDX_NAMES
type Files = Record<string, Uint8Array | string>

const cifar10 = (): Files =>
  Object.fromEntries(
    ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'].map(
      (name) => [`${name}.bin`, cifarRecords([[1], [2]])],
    ),
  )
const cifar100 = (): Files => ({ 'train.bin': cifarRecords([[1, 2]]), 'test.bin': cifarRecords([[3, 4]]) })
const below = (folder: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]))

const folderOf = (files: Files): string => {
  const folder = temporaryFolder()
  for (const [name, content] of Object.entries(files)) {
    const parts = name.split('/')
    writeFiles(join(folder, ...parts.slice(0, -1)), { [parts.at(-1) ?? '']: content })
  }
  return folder
}
const mistake = async (folder: string, split: 'train' | 'test' = 'train'): Promise<string> => {
  try {
    await openDataset(folder, split)
  } catch (error) {
    if (error instanceof UserError) return `${error.name}: ${error.message}`
    throw error
  }
  throw new Error('nothing was refused')
}
const zeros = (length: number) => new Uint8Array(length)

describe('a folder that holds', () => {
  it.each<[string, Files]>([
    ['IDX files and CIFAR-10', { ...idxFiles(), ...cifar10() }],
    [
      'IDX files and CIFAR-100 in its own folder',
      { ...idxFiles(), ...below('cifar-100-binary', cifar100()) },
    ],
    ['CIFAR-10 and CIFAR-100', { ...cifar10(), ...cifar100() }],
    ['CIFAR-10 twice', { ...cifar10(), ...below('cifar-10-batches-bin', cifar10()) }],
  ])('two data sets, %s, is refused, and told how to name each', async (_, files) => {
    const told = await mistake(folderOf(files))
    expect(told).toContain('holds more than one data set')
    const specs = [...told.matchAll(/--data (\S+)/g)].map(([, spec]) => spec ?? '')
    expect(specs).toHaveLength(2)
    // Each line that is listed says which of them is meant.
    const found = await Promise.all(specs.map(findData))
    expect(new Set(found.map(({ kind, path }) => `${kind} ${path}`)).size).toBe(2)
  })

  it('two data sets is read as the kind that is named', async () => {
    const folder = folderOf({ ...idxFiles(), ...cifar10(), ...below('cifar-100-binary', cifar100()) })
    const counts = { idx: 3, cifar10: 10, cifar100: 1 }
    for (const [kind, count] of Object.entries(counts))
      expect((await openDataset(`${kind}:${folder}`, 'train')).count).toBe(count)
    expect(await mistake(`stl10:${folder}`)).toContain('no data set of kind stl10 in ')
  })

  it('a file plain and gzipped is read where both are the same, and refused where they differ', async () => {
    const files = idxFiles()
    const both = { ...files, [`${trainImages}.gz`]: gzipSync(files[trainImages]) }
    expect((await openDataset(folderOf(both), 'train')).count).toBe(3)
    const other = idx([3, 2, 2], zeros(12))
    expect(await mistake(folderOf({ ...both, [`${trainImages}.gz`]: gzipSync(other) }))).toContain(
      'differs from',
    )
    expect(await mistake(folderOf({ ...both, 'train-images.idx3-ubyte': other }))).toContain('differs from')
  })

  it.each<[string, Files, string]>([
    [
      'an archive',
      { 'cifar-10-binary.tar.gz': 'x' },
      'cifar-10-binary.tar.gz is an archive of another kind: unpack it',
    ],
    ['another archive', { 'mnist.zip': 'PK' }, 'mnist.zip is an archive of another kind'],
    ['tables', { 'mnist_train.csv': '1,2' }, 'mnist_train.csv is of a format that is not read'],
    ['nothing', {}, 'the folder is empty'],
    ['a data set further down', below('FashionMNIST/raw', idxFiles()), 'FashionMNIST/raw: give that folder'],
  ])('%s is told what to do', async (_, files, told) => {
    expect(await mistake(folderOf(files))).toContain(told)
  })
})

describe('training and test files that do not belong together are refused, whichever is asked for:', () => {
  it.each<[string, Files, string]>([
    ['images of another size', { [testImages]: idx([1, 1, 4], zeros(4)) }, 'its images are 1 × 4, those of'],
    [
      'a test label beyond those of training',
      { [testLabels]: idx([1], Uint8Array.of(3)) },
      'label 3 of image 0',
    ],
    [
      'a test label in a gap of those of training',
      { [trainLabels]: idx([3], Uint8Array.of(0, 2, 2)), [testLabels]: idx([1], Uint8Array.of(1)) },
      "label 1 of image 0 is no training image's",
    ],
    ['fewer test labels than images', { [testLabels]: idx([0], zeros(0)) }, 'holds 0 labels for 1 images'],
    ['no test images', { [testImages]: idx([0, 2, 2], zeros(0)) }, 'holds no images (0 × 2 × 2)'],
    ['images of no width', { [trainImages]: idx([3, 2, 0], zeros(0)) }, 'holds no images (3 × 2 × 0)'],
    [
      'a label that no MNIST has',
      {
        [trainLabels]: idx([17], Uint8Array.from([...Array.from('5041921314353617', Number), 12])),
        [trainImages]: idx([17, 2, 2], zeros(68)),
      },
      'label 12 of image 16 is out of range: mnist has 10 classes',
    ],
  ])('%s', async (_, changed, told) => {
    const folder = folderOf({ ...idxFiles(), ...changed })
    expect(await mistake(folder, 'train')).toContain(told)
    expect(await mistake(folder, 'test')).toContain(told)
  })

  it('a coarse label that CIFAR-100 has not', async () => {
    const folder = folderOf({ ...cifar100(), 'train.bin': cifarRecords([[20, 2]]) })
    expect(await mistake(folder)).toContain('coarse label 20 of record 0 (byte 0) is out of range')
  })
})

describe('a file is never unpacked beyond what its header announces:', () => {
  const header = (sizes: number[]) => idx(sizes, zeros(0))
  it.each<[string, Uint8Array, string]>([
    [
      'gzip that holds a thousand times more',
      gzipSync(Buffer.concat([idxFiles()[trainImages], zeros(200_000_000)])),
      'holds more bytes, and 3 × 2 × 2 values need 28: something was appended',
    ],
    ['gzip that announces what it cannot hold', gzipSync(header([3, 2 ** 16, 2 ** 16])), 'it is cut short'],
    ['axes of 2 ** 32 - 1', header([3, 2 ** 32 - 1, 2 ** 32 - 1]), 'it is cut short'],
    ['the same in gzip', gzipSync(header([3, 2 ** 32 - 1, 2 ** 32 - 1])), 'it is cut short'],
    [
      'bytes after gzip',
      Buffer.concat([gzipSync(idxFiles()[trainImages]), Buffer.from('\0something else')]),
      '15 bytes follow its gzip data',
    ],
    ['gzip that holds nothing', gzipSync(''), 'holds 0 bytes, too few'],
    [
      'gzip of many empty members',
      Buffer.concat(Array.from({ length: 10_000 }, () => gzipSync(''))),
      'bytes of gzip data hold nothing',
    ],
  ])('%s', async (_, content, told) => {
    const before = process.memoryUsage().rss
    expect(await mistake(folderOf({ ...idxFiles(), [trainImages]: content }))).toContain(told)
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6)
  })

  it('gzip of two members and zeros after it is read whole', async () => {
    const images = idxFiles()[trainImages]
    const packed = [gzipSync(images.subarray(0, 20)), gzipSync(images.subarray(20)), zeros(512)]
    const folder = folderOf({ ...idxFiles(), [trainImages]: Buffer.concat(packed) })
    const [plain, read] = [
      await openDataset(folderOf(idxFiles()), 'train'),
      await openDataset(folder, 'train'),
    ]
    expect(await rowsOf(read)).toEqual(await rowsOf(plain))
  })

  it('gzip that is far longer than what it announces is not read', async () => {
    const folder = folderOf({ ...idxFiles(), [trainImages]: gzipSync(idxFiles()[trainImages]) })
    truncateSync(join(folder, trainImages), 2 ** 40)
    expect(await mistake(folder)).toContain('holds 1099511627776 packed bytes, and ')
  })
})

it.each([trainImages, trainLabels])(
  'whatever is changed in %s, plain or packed, it is refused or read',
  async (name) => {
    const sound = idxFiles()[name]
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(fc.tuple(fc.nat(40), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat(60), { nil: undefined }),
        async (packed, changes, length) => {
          const bytes = Buffer.from(packed ? gzipSync(sound) : sound)
          for (const [at, value] of changes) bytes[at % bytes.length] = value
          const folder = folderOf({ ...idxFiles(), [name]: bytes.subarray(0, length) })
          try {
            const dataset = await openDataset(folder, 'train')
            const { labels, count, shape } = dataset
            const [channels, height, width] = shape
            const rows = await rowsOf(dataset)
            expect([rows.length, labels?.length]).toEqual([count * channels * height * width, count])
          } catch (error) {
            if (!(error instanceof UserError)) throw error
          }
        },
      ),
      { numRuns: 150 },
    )
  },
)

describe.runIf(process.platform !== 'win32')('in place of a file of images,', () => {
  it.each<[string, (path: string) => void, string]>([
    ['a pipe', (path) => void execFileSync('mkfifo', [path]), 'it is a pipe, not a file'],
    [
      'a device',
      (path) => {
        symlinkSync('/dev/zero', path)
      },
      'it is a device, not a file',
    ],
    [
      'a link to nowhere',
      (path) => {
        symlinkSync('nowhere', path)
      },
      'it is a link that leads nowhere',
    ],
    [
      'a web page',
      (path) => {
        writeFileSync(path, '<html>')
      },
      'a web page',
    ],
  ])('%s is refused at once', async (_, make, told) => {
    const folder = folderOf(idxFiles())
    rmSync(join(folder, trainImages))
    make(join(folder, trainImages))
    expect(await mistake(folder)).toContain(told)
  })
})

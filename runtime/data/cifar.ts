import { join } from 'node:path'
import { isThere } from '../../src/base/file-kind.ts'
import { readFully, requireEnd, sizeOf, withRegularFile } from '../../src/base/regular-file.ts'
import type { Dataset, Split } from './labelled-images.ts'
import { dataError, requireMemory } from './read.ts'
import { sharedBytes } from './shared.ts'

/** A record is its label bytes, then 3 channels × 32 × 32 pixels; the last label byte is the class. */
interface Layout {
  readonly name: string
  /** The folder of the official archive. */
  readonly folder: string
  readonly files: Readonly<Record<Split, readonly string[]>>
  readonly labelBytes: number
  readonly classes: number
  /** Of the first label byte, which is the class itself where there is no second one. */
  readonly coarseClasses: number
}

const layouts: readonly Layout[] = [
  {
    name: 'cifar-10',
    folder: 'cifar-10-batches-bin',
    files: {
      train: [1, 2, 3, 4, 5].map((number) => `data_batch_${number}.bin`),
      test: ['test_batch.bin'],
    },
    labelBytes: 1,
    classes: 10,
    coarseClasses: 10,
  },
  {
    name: 'cifar-100',
    folder: 'cifar-100-binary',
    files: { train: ['train.bin'], test: ['test.bin'] },
    labelBytes: 2,
    classes: 100,
    coarseClasses: 20,
  },
]

export const cifarLookedFor = layouts.map(
  ({ name, folder, files }) =>
    `${name}: ${[...files.train, ...files.test].join(', ')}, here or in ${folder}/`,
)

const SIDE = 32
const IMAGE_BYTES = 3 * SIDE * SIDE
const RECORDS_PER_READ = 1000
const statistics = {
  mean: [125.3 / 255, 123.0 / 255, 113.9 / 255],
  std: [63.0 / 255, 62.1 / 255, 66.7 / 255],
}

const recordsOfFile = (path: string, recordBytes: number): number => {
  const bytes = withRegularFile(path, sizeOf)
  if (bytes === 0) throw dataError(path, 'is empty')
  const remainder = bytes % recordBytes
  if (remainder === 0) return bytes / recordBytes
  throw dataError(
    path,
    `holds ${bytes} bytes, not a multiple of the ${recordBytes} of a record (${remainder} too many): it is cut short`,
  )
}

/** Calls `take` for `count` records; only a thousand of them are in memory beside what `take` keeps. */
const forEachRecord = (
  path: string,
  recordBytes: number,
  count: number,
  take: (record: Uint8Array) => void,
): void => {
  const buffer = new Uint8Array(RECORDS_PER_READ * recordBytes)
  withRegularFile(path, (file) => {
    for (let done = 0; done < count; done += RECORDS_PER_READ) {
      const piece = buffer.subarray(0, Math.min(count - done, RECORDS_PER_READ) * recordBytes)
      readFully(file, piece, done * recordBytes, path)
      for (let start = 0; start < piece.length; start += recordBytes)
        take(piece.subarray(start, start + recordBytes))
    }
    requireEnd(file, count * recordBytes, path)
  })
}

const readCifar = (
  { name, labelBytes, classes, coarseClasses, files }: Layout,
  folder: string,
  split: Split,
): Dataset => {
  const recordBytes = labelBytes + IMAGE_BYTES
  const parts = files[split].map((file) => {
    const path = join(folder, file)
    return { path, records: recordsOfFile(path, recordBytes) }
  })
  const count = parts.reduce((sum, { records }) => sum + records, 0)
  requireMemory(folder, count * IMAGE_BYTES)
  const images = sharedBytes(count * IMAGE_BYTES)
  const labels = new Uint8Array(count)
  let index = 0
  for (const { path, records } of parts) {
    const first = index
    forEachRecord(path, recordBytes, records, (record) => {
      const [coarse = 0] = record
      const label = record[labelBytes - 1] ?? 0
      const wrong =
        label >= classes ? `label ${label}` : coarse >= coarseClasses ? `coarse label ${coarse}` : ''
      if (wrong !== '') {
        const where = `${wrong} of record ${index - first} is out of range`
        throw dataError(path, `${where}: ${name} has ${classes} classes`, 'It may be of another data set.')
      }
      labels[index] = label
      images.set(record.subarray(labelBytes), index * IMAGE_BYTES)
      index++
    })
  }
  return { name, images, labels, count, channels: 3, height: SIDE, width: SIDE, classes, ...statistics }
}

/** A data set that is there. */
export interface CifarPlace {
  /** One of its files. */
  readonly file: string
  /** @throws UserError ('DataError', 'FileError') */
  readonly open: (split: Split) => Dataset
}

/** CIFAR-10 and CIFAR-100, binary version, in the folder itself and in the archives' own folders inside it. */
export const cifarPlaces = (folder: string): CifarPlace[] =>
  layouts.flatMap((layout) =>
    [folder, join(folder, layout.folder)].flatMap((place) => {
      const [file] = [...layout.files.train, ...layout.files.test]
        .map((name) => join(place, name))
        .filter((path) => isThere(path))
      return file === undefined ? [] : [{ file, open: (split: Split) => readCifar(layout, place, split) }]
    }),
  )

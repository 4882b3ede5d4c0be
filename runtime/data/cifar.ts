import { join } from 'node:path'
import { isThere } from '../../src/file-kind.ts'
import { readUpTo, sizeOf, withRegularFile } from '../../src/regular-file.ts'
import type { Dataset, Split } from './dataset.ts'
import { dataError } from './read.ts'
import { sharedBytes } from './shared.ts'

/** A record is its label bytes, then 3 channels × 32 × 32 pixels; the last label byte is the class. */
interface Layout {
  readonly name: string
  /** The folder of the official archive. */
  readonly folder: string
  readonly files: Readonly<Record<Split, readonly string[]>>
  readonly labelBytes: number
  readonly classes: number
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
  },
  {
    // Its first label byte is one of 20 coarse classes.
    name: 'cifar-100',
    folder: 'cifar-100-binary',
    files: { train: ['train.bin'], test: ['test.bin'] },
    labelBytes: 2,
    classes: 100,
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

/** Calls `take` for every record; only a thousand of them are in memory beside what `take` keeps. */
const forEachRecord = (path: string, recordBytes: number, take: (record: Uint8Array) => void): void => {
  const buffer = new Uint8Array(RECORDS_PER_READ * recordBytes)
  withRegularFile(path, (file) => {
    for (let position = 0; ;) {
      const read = readUpTo(file, buffer, position)
      if (read === 0) return
      position += read
      for (let start = 0; start < read; start += recordBytes)
        take(buffer.subarray(start, start + recordBytes))
    }
  })
}

const readCifar = ({ name, labelBytes, classes, files }: Layout, folder: string, split: Split): Dataset => {
  const recordBytes = labelBytes + IMAGE_BYTES
  const paths = files[split].map((file) => join(folder, file))
  const count = paths.reduce((sum, path) => sum + recordsOfFile(path, recordBytes), 0)
  const images = sharedBytes(count * IMAGE_BYTES)
  const labels = new Uint8Array(count)
  let index = 0
  for (const path of paths) {
    const first = index
    forEachRecord(path, recordBytes, (record) => {
      const label = record[labelBytes - 1] ?? 0
      if (label >= classes) {
        const where = `label ${label} of record ${index - first} is out of range`
        throw dataError(path, `${where}: ${name} has ${classes} classes`, 'It may be of another data set.')
      }
      labels[index] = label
      images.set(record.subarray(labelBytes), index * IMAGE_BYTES)
      index++
    })
  }
  return { name, images, labels, count, channels: 3, height: SIDE, width: SIDE, classes, ...statistics }
}

/**
 * CIFAR-10 and CIFAR-100, binary version, in the folder itself or in the archive's own folder inside it.
 * Undefined where there is neither; throws a UserError of kind DataError or FileError.
 */
export const openCifar = (folder: string, split: Split): Dataset | undefined => {
  for (const layout of layouts) {
    const files = [...layout.files.train, ...layout.files.test]
    const place = [folder, join(folder, layout.folder)].find((candidate) =>
      files.some((file) => isThere(join(candidate, file))),
    )
    if (place !== undefined) return readCifar(layout, place, split)
  }
  return undefined
}

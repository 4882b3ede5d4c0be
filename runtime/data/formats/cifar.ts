import { join } from 'node:path'
import { at } from '../../../src/base/lists.ts'
import { isThere } from '../../../src/base/file-kind.ts'
import { readFully, requireEnd, sizeOf, withRegularFile } from '../../../src/base/regular-file.ts'
import { namesBeside } from '../class-names.ts'
import { dataError } from '../read.ts'
import { storedDataset } from '../stored/stored-dataset.ts'
import { sourceOf } from '../stored/source-of.ts'
import type { Dataset, Split } from '../dataset.ts'
import type { Format } from '../format.ts'

/** A record is its label bytes, then 3 channels × 32 × 32 pixels; the last label byte is the class. */
interface Layout {
  readonly kind: string
  readonly name: string
  /** The folder of the official archive. */
  readonly folder: string
  /** Of the official archive, too: the names of its classes. */
  readonly namesFile: string
  readonly files: Readonly<Record<'train' | 'test', readonly string[]>>
  readonly labelBytes: number
  readonly classes: number
  /** Of the first label byte, which is the class itself where there is no second one. */
  readonly coarseClasses: number
}

const layouts: readonly Layout[] = [
  {
    kind: 'cifar10',
    name: 'cifar-10',
    folder: 'cifar-10-batches-bin',
    namesFile: 'batches.meta.txt',
    files: {
      train: [1, 2, 3, 4, 5].map((number) => `data_batch_${number}.bin`),
      test: ['test_batch.bin'],
    },
    labelBytes: 1,
    classes: 10,
    coarseClasses: 10,
  },
  {
    kind: 'cifar100',
    name: 'cifar-100',
    folder: 'cifar-100-binary',
    namesFile: 'fine_label_names.txt',
    files: { train: ['train.bin'], test: ['test.bin'] },
    labelBytes: 2,
    classes: 100,
    coarseClasses: 20,
  },
]

const SIDE = 32
const IMAGE_BYTES = 3 * SIDE * SIDE
const RECORDS_PER_READ = 1000
/** Far more than any has. */
const MOST_RECORDS = 1_000_000

const recordsOfFile = (path: string, recordBytes: number): number => {
  const bytes = withRegularFile(path, sizeOf)
  if (bytes === 0) throw dataError(path, 'is empty')
  if (bytes > MOST_RECORDS * recordBytes)
    throw dataError(path, `holds ${bytes} bytes, and a file of CIFAR at most ${MOST_RECORDS} images`)
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

/** @throws UserError ('DataError') for a label that is none */
function labelOf(
  { name, labelBytes, classes, coarseClasses }: Layout,
  record: Uint8Array,
  index: number,
  path: string,
): number {
  const [coarse, label] = [at(record, 0), at(record, labelBytes - 1)]
  const wrong = label >= classes ? `label ${label}` : coarse >= coarseClasses ? `coarse label ${coarse}` : ''
  if (wrong === '') return label
  const place = `of record ${index} (byte ${index * (labelBytes + IMAGE_BYTES)})`
  throw dataError(
    path,
    `${wrong} ${place} is out of range: ${name} has ${label >= classes ? classes : `${coarseClasses} coarse`} classes`,
    'It may be of another data set.',
  )
}

/** Labels are read and checked; images stay in their files. */
function open(layout: Layout, folder: string, split: Split): Dataset {
  if (split === 'unlabelled') throw new Error(`${layout.name} has no such split`)
  const { name, labelBytes, classes, files, namesFile } = layout
  const recordBytes = labelBytes + IMAGE_BYTES
  const parts = files[split].map((file) => {
    const path = join(folder, file)
    return { path, records: recordsOfFile(path, recordBytes), source: sourceOf(path) }
  })
  const labels: number[] = []
  for (const { path, records } of parts) {
    const first = labels.length
    forEachRecord(path, recordBytes, records, (record) => {
      labels.push(labelOf(layout, record, labels.length - first, path))
    })
  }
  const pieces = parts.map(({ source, records }) => ({
    ...{ source, count: records, at: labelBytes, stride: recordBytes },
  }))
  const stored = { pieces, shape: [3, SIDE, SIDE] as const, type: 'uint8' as const, order: 'planes' as const }
  const classNames = namesBeside(folder, namesFile, classes)
  return storedDataset(stored, { name, classes, classNames, labels: Uint32Array.from(labels) })
}

const splits = ['train', 'test'] as const

/** CIFAR-10 or CIFAR-100, binary version, in the folder itself or in the archive's own folder inside it. */
const formatOf = (layout: Layout): Format => ({
  kind: layout.kind,
  lookedFor: `${layout.name}: ${[...layout.files.train, ...layout.files.test].join(', ')}, here or in ${layout.folder}/`,
  find: (folder) =>
    [folder, join(folder, layout.folder)].flatMap((place) => {
      const there = splits.map((split) => ({
        split,
        found: layout.files[split].map((name) => join(place, name)).filter((path) => isThere(path)),
      }))
      const [evidence] = there.flatMap(({ found }) => found)
      if (evidence === undefined) return []
      const known = there.filter(({ found }) => found.length > 0).map(({ split }) => split)
      return [{ place, evidence, splits: known, open: (split) => open(layout, place, split) }]
    }),
})

export const cifarFormats: readonly Format[] = layouts.map(formatOf)

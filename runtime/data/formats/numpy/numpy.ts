import { basename, resolve } from 'node:path'
import { prepared } from '../../cache/prepared.ts'
import type { Decoded } from '../../cache/preparation.ts'
import { fingerprintOfFile } from '../../cache/file-hash.ts'
import {
  classesOf,
  rowBytes,
  rowSize,
  splits,
  type Dataset,
  type RowShape,
  type Split,
} from '../../dataset.ts'
import { kindOf, stampOf } from '../../../../src/base/file-kind.ts'
import { dataError } from '../../read.ts'
import { noSuchSplit } from '../../no-such-split.ts'
import { sourceOf } from '../../stored/source-of.ts'
import type { StoredRows } from '../../stored/piece.ts'
import { isStored } from '../../stored/is-stored.ts'
import { storedDataset } from '../../stored/stored-dataset.ts'
import { arraysOf, headerOf, type NpyArray } from './arrays.ts'
import { layoutOf, type Channels, type Layout } from './layout.ts'
import { noRows, partsOf, type Parts } from './parts.ts'
import { chunksOf, labelsOfArray, numbersOf } from './values.ts'
import type { NpyHeader } from './npy-header.ts'
import type { Format, OpenOptions } from '../../format.ts'

const isByte = ({ kind, bytes }: NpyHeader): boolean => kind === 'u' && bytes === 1

/** Bytes, and float32 as this machine has it, are read where they lie, unless they are packed. */
const isReadInPlace = (header: NpyHeader): boolean =>
  isByte(header) || (header.kind === 'f' && header.bytes === 4 && !header.isBigEndian)

/** Rows of other numbers, or packed ones, as bytes or float32. */
async function* converted(array: NpyArray, header: NpyHeader, shape: RowShape): AsyncGenerator<Decoded> {
  const before = stampOf(array.path).text
  for await (const chunk of chunksOf(array, header, rowSize({ shape }) * header.bytes))
    yield { row: isByte(header) ? chunk : Float32Array.from(numbersOf(chunk, header)) }
  if (stampOf(array.path).text !== before)
    throw dataError(array.path, 'was written to while it was read', 'Wait until it is whole, and try again.')
}

async function rowsOf(
  array: NpyArray,
  header: NpyHeader,
  { shape, order }: Layout,
  options: OpenOptions,
): Promise<StoredRows> {
  const [count = 0] = header.shape
  const type = isByte(header) ? ('uint8' as const) : ('float32' as const)
  const stride = rowBytes({ shape, type })
  if (array.at !== undefined && isReadInPlace(header)) {
    const source = sourceOf(array.path)
    return { pieces: [{ source, count, at: array.at + header.start, stride }], shape, type, order }
  }
  const key = fingerprintOfFile(array.path, `numpy 1, ${String(array.inZip)}`)
  const rows = () => converted(array, header, shape)
  const made = await prepared(
    { key, name: array.name, shape, type, classes: undefined, total: count, what: array.shown, rows },
    options,
  )
  if (!isStored(made)) throw new Error('prepared rows lie in a file')
  return { ...made.stored, shape, order }
}

/** Of every split that has any: classes are counted over all of them. */
async function allLabels(parts: ReadonlyMap<Split, Parts>): Promise<ReadonlyMap<Split, Uint32Array>> {
  const labels = new Map<Split, Uint32Array>()
  for (const [split, part] of parts) {
    const [count = 0] = (await headerOf(part.rows)).shape
    if (part.labels) labels.set(split, await labelsOfArray(part.labels, await headerOf(part.labels), count))
  }
  return labels
}

async function open(
  path: string,
  parts: ReadonlyMap<Split, Parts>,
  split: Split,
  channels: Channels,
  options: OpenOptions,
): Promise<Dataset> {
  const part = parts.get(split)
  if (!part) throw noSuchSplit(path, split, parts.keys())
  const { rows: array } = part
  const header = await headerOf(array)
  const layout = layoutOf(header, array.shown, options.wanted, channels)
  const labels = await allLabels(parts)
  const stored = await rowsOf(array, header, layout, options)
  const name = basename(resolve(path)).replace(/\.np[yz]$/i, '')
  return storedDataset(stored, {
    ...{ name, labels: labels.get(split) },
    classes: labels.size > 0 ? classesOf([...labels.values()]) : undefined,
  })
}

const formatFor = (kind: string, channels: Channels): Format => ({
  kind,
  lookedFor:
    'NumPy: x_train, y_train, x_test, y_test (and other usual names) in one .npz or in .npy files of a folder; a single .npy without labels',
  ...(channels === undefined ? {} : { isOnlyNamed: true as const }),
  find: async (place) => {
    const isFile = kindOf(place) === 'file'
    if (isFile && !/\.np[yz]$/i.test(place)) return []
    const arrays = await arraysOf(place)
    const parts = partsOf(arrays, isFile)
    const [first] = arrays
    if (parts.size === 0 && isFile) throw first ? noRows(place, arrays) : dataError(place, 'holds no arrays')
    if (!first || parts.size === 0) return []
    const there = splits.filter((split) => parts.has(split))
    return [
      {
        place,
        evidence: first.path,
        splits: there,
        open: (split, options) => open(place, parts, split, channels, options),
      },
    ]
  },
})

/** Arrays of images or signals: where it could be either, `numpy-chw` and `numpy-hwc` say which axis counts channels. */
export const numpyFormats: readonly Format[] = [
  formatFor('numpy', undefined),
  formatFor('numpy-chw', 'first'),
  formatFor('numpy-hwc', 'last'),
]

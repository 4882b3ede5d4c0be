import { deltaBinaryUnpack } from 'hyparquet/src/delta.js'
import { MOST_EXPANSION } from '../../gzip.ts'
import { shown } from '../../../../src/base/file-error.ts'
import { Varints } from './varints.ts'
import type { ParquetType } from 'hyparquet'

/** How the values of a page are written, and how many there may be. */
export interface PageValues {
  readonly encoding: string
  readonly type: ParquetType | undefined
  readonly count: number
}

/** What takes as much room as there are bytes, whatever they say. */
const plain = new Set(['PLAIN', 'BYTE_STREAM_SPLIT'])
const dictionary = new Set(['PLAIN_DICTIONARY', 'RLE_DICTIONARY'])
/** Values share what they begin with; together they may be this much longer than they are written, or a small page. */
const SHARED = 2 ** 24
/** Writers take 4 or 8. */
const MOST_MINIBLOCKS = 512
/** Bytes that stand before runs, and say how many there are of them. */
export const LENGTH_OF_RUNS = 4

/**
 * Looks at what a page's values announce before hyparquet makes room for it.
 *
 * @param bytes unpacked, behind the levels
 * @throws Error where there would be more values than rows, or more bytes than their expansion explains
 */
export function requireSoundValues(bytes: Uint8Array, { encoding, type, count }: PageValues): void {
  if (plain.has(encoding)) return
  const values = new Varints(bytes)
  if (dictionary.has(encoding)) {
    const width = values.byte()
    requireSoundRuns(values, width, count)
  } else if (encoding === 'RLE' && type === 'BOOLEAN') {
    values.position = LENGTH_OF_RUNS
    requireSoundRuns(values, 1, count)
  } else if (encoding === 'DELTA_BINARY_PACKED' || encoding === 'DELTA_LENGTH_BYTE_ARRAY') {
    requireSoundBlocks(values)
  } else if (encoding === 'DELTA_BYTE_ARRAY') {
    requireSoundPrefixes(values, count)
  } else {
    throw new Error(`its values are written as ${shown(encoding)}, which is not read`)
  }
}

/**
 * Runs of one value, or of packed ones: levels, and places in a dictionary. hyparquet writes as many as a run announces.
 *
 * @param width bits of a value
 */
export function requireSoundRuns(runs: Varints, width: number, count: number): void {
  if (width > 32) throw new Error(`a value takes ${width} bits`)
  for (let seen = 0; seen < count;) {
    const head = runs.number()
    const isPacked = head % 2 === 1
    const length = Math.floor(head / 2) * (isPacked ? 8 : 1)
    // The last group of packed ones is filled up.
    if (length > count - seen + (isPacked ? 7 : 0))
      throw new Error(`a run announces ${length} values, and ${count - seen} are missing`)
    runs.position += isPacked ? (length / 8) * width : Math.ceil(width / 8)
    seen += length
  }
}

/** hyparquet makes room for the widths of as many parts as a block announces. */
function requireSoundBlocks(values: Varints): void {
  const { position } = values
  const [size, parts] = [values.number(), values.number()]
  if (parts < 1 || parts > MOST_MINIBLOCKS || size < parts || size % parts !== 0)
    throw new Error(`blocks of ${size} values announce ${parts} parts`)
  values.position = position
}

/** hyparquet makes each value anew, with what it shares with the one before. */
function requireSoundPrefixes(values: Varints, count: number): void {
  requireSoundBlocks(values)
  const { view } = values
  const reader = { view, offset: values.position }
  const shared = new Int32Array(count)
  deltaBinaryUnpack(reader, count, shared)
  const length = shared.reduce((sum, each) => sum + each, 0)
  if (length > Math.max(SHARED, MOST_EXPANSION * view.byteLength))
    throw new Error(`values share ${length} bytes, and are written in ${view.byteLength}`)
  // The lengths of what they do not share follow.
  values.position = reader.offset
  requireSoundBlocks(values)
}

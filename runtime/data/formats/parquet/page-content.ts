import { decompressPage } from 'hyparquet/src/datapage.js'
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js'
import { LENGTH_OF_RUNS, requireSoundRuns, requireSoundValues } from './page-values.ts'
import { carefully } from './unpack.ts'
import { Varints } from './varints.ts'
import type { ColumnMetaData, PageHeader } from 'hyparquet'

type First = NonNullable<PageHeader['data_page_header']>
type Second = NonNullable<PageHeader['data_page_header_v2']>

/** Of a column: how it is written, and the level of a value that is there; of 0, no levels are written. */
export interface ColumnPages extends Pick<ColumnMetaData, 'type' | 'codec'> {
  readonly deepest: number
}

/**
 * Looks into a page of values, as hyparquet is going to read it.
 *
 * @throws Error where it announces more than there are rows or bytes
 */
export function requireSoundContent(content: Uint8Array, page: PageHeader, column: ColumnPages): void {
  const { type, data_page_header: first, data_page_header_v2: second } = page
  if (type === 'DATA_PAGE' && first) requireSoundFirst(content, page, first, column)
  if (type === 'DATA_PAGE_V2' && second) requireSoundSecond(content, page, second, column)
}

function requireSoundFirst(
  content: Uint8Array,
  { uncompressed_page_size: size }: PageHeader,
  { num_values: rows, encoding }: First,
  { type, codec, deepest }: ColumnPages,
): void {
  const bytes = decompressPage(content, size, codec, carefully)
  const levels = new Varints(bytes)
  let count = rows
  if (deepest > 0) {
    const length = levels.view.getUint32(0, true)
    levels.position = LENGTH_OF_RUNS
    requireSoundRuns(levels, widthOf(deepest), rows)
    count = filled(bytes, rows, deepest)
    levels.position = LENGTH_OF_RUNS + length
  }
  requireSoundValues(bytes.subarray(levels.position), { encoding, type, count })
}

function requireSoundSecond(
  content: Uint8Array,
  { uncompressed_page_size: size }: PageHeader,
  header: Second,
  { type, codec, deepest }: ColumnPages,
): void {
  const { num_values: rows, num_nulls: nulls, encoding, is_compressed: isPacked } = header
  const { repetition_levels_byte_length: repeated, definition_levels_byte_length: defined } = header
  if (!(nulls >= 0 && nulls <= rows)) throw new Error(`a page of ${rows} rows announces ${nulls} empty ones`)
  if (deepest > 0) requireSoundRuns(new Varints(content.subarray(repeated)), widthOf(deepest), rows)
  const rest = content.subarray(repeated + defined)
  const length = size - repeated - defined
  const values = isPacked !== false && length > 0 ? decompressPage(rest, length, codec, carefully) : rest
  requireSoundValues(values, { encoding, type, count: rows - nulls })
}

const widthOf = (deepest: number): number => 32 - Math.clz32(deepest)

/** How many rows have a value. */
function filled(bytes: Uint8Array, rows: number, deepest: number): number {
  const levels = new Array<number>(rows)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  readRleBitPackedHybrid({ view, offset: 0 }, widthOf(deepest), levels)
  return levels.filter((level) => level === deepest).length
}

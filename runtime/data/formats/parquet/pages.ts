import { compressors } from 'hyparquet-compressors'
import { parquetHeader } from 'hyparquet/src/column.js'
import { MOST_EXPANSION } from '../../gzip.ts'
import { requireSoundThrift } from './thrift.ts'
import { readUpTo, withRegularFile } from '../../../../src/base/regular-file.ts'
import type { ColumnMetaData, Compressors } from 'hyparquet'

/** More than a page announces of itself, its statistics included. */
const LONGEST_HEADER = 64 * 1024
/** Pages that hold no rows: words, or none. */
const EMPTY_PAGES = 2

const isSize = (size: unknown): boolean => Number.isInteger(size) && Number(size) >= 0

/**
 * Looks at what the pages of a column announce before any is read: hyparquet makes room for that.
 *
 * @throws Error where there is more in them than there are rows or bytes
 */
export function requireSoundPages(path: string, column: ColumnMetaData, rows: number): void {
  const { dictionary_page_offset: dictionary, data_page_offset: data } = column
  const start = Number(dictionary !== undefined && dictionary < data ? dictionary : data)
  const end = start + Number(column.total_compressed_size)
  let position = start
  let found = 0
  let pages = 0
  const room = new Uint8Array(Math.max(0, Math.min(LONGEST_HEADER, end - start)))
  const isNested = column.path_in_schema.length > 1
  withRegularFile(path, (file) => {
    // As hyparquet goes on: of what lies within others to the last byte.
    while (position < end - 1 && (isNested || found < rows)) {
      if (++pages > rows + EMPTY_PAGES) throw new Error(`it has more pages than its ${rows} rows fill`)
      const place = room.subarray(0, end - position)
      const bytes = place.subarray(0, readUpTo(file, place, position))
      requireSoundThrift(bytes)
      const reader = { view: new DataView(bytes.buffer, 0, bytes.length), offset: 0 }
      const page = parquetHeader(reader)
      const values = page.data_page_header?.num_values ?? page.data_page_header_v2?.num_values
      const words = page.dictionary_page_header?.num_values
      if (values !== undefined) found += values
      if (found > rows) throw new Error(`a page at byte ${position} announces ${found} of ${rows} rows`)
      const announced = [page.compressed_page_size, page.uncompressed_page_size, values ?? words]
      // A header without sizes would be read again for ever.
      if (!announced.every(isSize)) throw new Error(`a page at byte ${position} does not say what it holds`)
      requireSoundLevels(page, position)
      if (words !== undefined && (words < 0 || words > page.uncompressed_page_size + 1))
        throw new Error(
          `a page at byte ${position} announces ${words} values in ${page.uncompressed_page_size} bytes`,
        )
      position += reader.offset + page.compressed_page_size
    }
  })
}

/**
 * Pages of the second version say where their levels end: without, hyparquet reads on at no place at all, for ever.
 *
 * @throws Error where one does not, or where they end after the page
 */
function requireSoundLevels(page: ReturnType<typeof parquetHeader>, position: number): void {
  const levels = page.data_page_header_v2
  if (levels === undefined) return
  const { definition_levels_byte_length: defined, repetition_levels_byte_length: repeated } = levels
  const room = Math.min(page.compressed_page_size, page.uncompressed_page_size)
  if (!isSize(defined) || !isSize(repeated) || defined + repeated > room)
    throw new Error(`a page at byte ${position} does not say where its levels end`)
}

/** Unpacked, a page of what are mostly packed images already. */
const LARGEST_PAGE = 2 ** 30
/** Pages that small may be unpacked from anything: labels of one class take next to nothing. */
const SMALL_PAGE = 2 ** 26

/** Those of hyparquet, which make room for as much as a page announces. */
export const carefully: Compressors = Object.fromEntries(
  Object.entries(compressors).map(([kind, unpack]) => [
    kind,
    (bytes: Uint8Array, length: number) => {
      if (length > LARGEST_PAGE || length > Math.max(SMALL_PAGE, MOST_EXPANSION * bytes.length))
        throw new Error(`a page of ${bytes.length} bytes announces ${length}`)
      return unpack(bytes, length)
    },
  ]),
)

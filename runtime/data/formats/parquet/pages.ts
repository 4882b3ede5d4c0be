import { parquetHeader } from 'hyparquet/src/column.js'
import { requireSoundContent } from './page-content.ts'
import { requireSoundThrift } from './thrift.ts'
import { readFully, readUpTo, sizeOf, withRegularFile } from '../../../../src/base/regular-file.ts'
import type { ColumnMetaData, PageHeader } from 'hyparquet'

/** More than a page announces of itself, its statistics included. */
const LONGEST_HEADER = 64 * 1024
/** Pages that hold no rows: words, or none. */
const EMPTY_PAGES = 2

const isSize = (size: unknown): boolean => Number.isInteger(size) && Number(size) >= 0

/**
 * Looks at what the pages of a column announce before any is read: hyparquet makes room for that.
 *
 * @param deepest the level of a value that is there, which each value has written beside it where this is not 0
 * @throws Error where there is more in them than there are rows or bytes
 */
export function requireSoundPages(
  path: string,
  column: ColumnMetaData,
  { rows, deepest }: { readonly rows: number; readonly deepest: number },
): void {
  const { dictionary_page_offset: dictionary, data_page_offset: data } = column
  const start = Number(dictionary !== undefined && dictionary < data ? dictionary : data)
  const end = start + Number(column.total_compressed_size)
  let position = start
  let found = 0
  let pages = 0
  const room = new Uint8Array(Math.max(0, Math.min(LONGEST_HEADER, end - start)))
  const isNested = column.path_in_schema.length > 1
  withRegularFile(path, (file) => {
    if (!(end <= sizeOf(file))) throw new Error(`its pages end at byte ${end}, behind the end of the file`)
    // As hyparquet goes on: of what lies within others to the last byte.
    while (position < end - 1 && (isNested || found < rows)) {
      if (++pages > rows + EMPTY_PAGES) throw new Error(`it has more pages than its ${rows} rows fill`)
      const place = room.subarray(0, end - position)
      const bytes = place.subarray(0, readUpTo(file, place, position))
      requireSoundThrift(bytes)
      const reader = { view: new DataView(bytes.buffer, 0, bytes.length), offset: 0 }
      const page = parquetHeader(reader)
      const { values, words } = announcedBy(page)
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
      const begin = position + reader.offset
      position = begin + page.compressed_page_size
      if (values === undefined || position > end) continue
      const content = new Uint8Array(page.compressed_page_size)
      readFully(file, content, begin, path)
      requireSoundContent(content, page, { ...column, deepest })
    }
  })
}

/** Of the header that hyparquet goes by: a page may have several. */
function announcedBy(page: PageHeader): { readonly values?: number; readonly words?: number } {
  const { data_page_header: first, data_page_header_v2: second, dictionary_page_header: dictionary } = page
  if (page.type === 'DATA_PAGE' && first) return { values: first.num_values }
  if (page.type === 'DATA_PAGE_V2' && second) return { values: second.num_values }
  return dictionary ? { words: dictionary.num_values } : {}
}

/**
 * Pages of the second version say where their levels end: without, hyparquet reads on at no place at all, for ever.
 *
 * @throws Error where one does not, or where they end after the page
 */
function requireSoundLevels(page: PageHeader, position: number): void {
  const levels = page.data_page_header_v2
  if (levels === undefined) return
  const { definition_levels_byte_length: defined, repetition_levels_byte_length: repeated } = levels
  const room = Math.min(page.compressed_page_size, page.uncompressed_page_size)
  if (!isSize(defined) || !isSize(repeated) || defined + repeated > room)
    throw new Error(`a page at byte ${position} does not say where its levels end`)
}

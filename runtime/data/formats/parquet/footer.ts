import {
  parquetMetadata,
  parquetSchema,
  type FileMetaData,
  type SchemaElement,
  type SchemaTree,
} from 'hyparquet'
import { I32, requireSoundThrift } from './thrift.ts'

/** What describes the columns stands at the end of a file, with its length and the magic word. */

const TAIL = 8
/** A thousand groups of rows with statistics take some megabytes. */
const LARGEST = 32 * 1024 * 1024
const MOST_COLUMNS = 10_000
const MOST_GROUPS = 20_000
const DEEPEST_COLUMN = 32

/** Numbers of fields: what a column is converted to, and the statistics of a chunk of it. */
const CONVERTED = '2,6'
const STATISTICS = '4,1,3,12,'
/** DECIMAL, as it is written. */
const DECIMAL = 10
/** hyparquet takes a decimal number digit by digit: time grows with the square of its length. */
const LONGEST_DECIMAL = 1024

/** @throws Error where hyparquet would take memory or time without measure for it */
function requireSound(description: Uint8Array): void {
  const found = { hasDecimals: false, longest: 0 }
  requireSoundThrift(description, (path, type, size) => {
    if (path.length === 2 && path.join() === CONVERTED) {
      if (type !== I32) throw new Error('it does not say what a column is converted to')
      // hyparquet keeps 32 bits.
      if (size % 2 ** 32 === DECIMAL) found.hasDecimals = true
    }
    if (path.length === 5 && size > found.longest && path.join().startsWith(STATISTICS)) found.longest = size
  })
  if (found.hasDecimals && found.longest > LONGEST_DECIMAL)
    throw new Error(`it holds a decimal number of ${found.longest} bytes`)
}

/** hyparquet follows columns within columns to the end. */
function requireShallow(schema: readonly SchemaElement[]): void {
  if (schema.length > MOST_COLUMNS) throw new Error(`it describes ${schema.length} columns`)
  /** How many columns are missing of those that are open. */
  const open: number[] = []
  for (const { num_children: children = 0 } of schema) {
    while (open.at(-1) === 0) open.pop()
    const missing = open.pop()
    if (missing !== undefined) open.push(missing - 1)
    open.push(children)
    if (open.length > DEEPEST_COLUMN) throw new Error(`it nests more than ${DEEPEST_COLUMN} columns`)
  }
}

export interface Footer {
  readonly metadata: FileMetaData
  readonly columns: readonly SchemaTree[]
}

/** @throws Error that says what is wrong with it */
export function readFooter(file: {
  readonly byteLength: number
  readonly slice: (start: number, end?: number) => ArrayBuffer
}): Footer {
  const end = file.byteLength - TAIL
  const length = new DataView(file.slice(end)).getUint32(0, true)
  if (length > end) throw new Error(`it announces ${length} bytes, and ${end} are there`)
  if (length > LARGEST) throw new Error(`it announces ${length} bytes, and ${LARGEST} are read at most`)
  const footer = file.slice(end - length)
  requireSound(new Uint8Array(footer, 0, length))
  const metadata = parquetMetadata(footer, { geoparquet: false })
  if (metadata.row_groups.length > MOST_GROUPS)
    throw new Error(`it describes ${metadata.row_groups.length} groups of rows`)
  requireShallow(metadata.schema)
  return { metadata, columns: parquetSchema(metadata).children }
}

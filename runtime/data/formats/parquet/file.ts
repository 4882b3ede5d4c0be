import {
  parquetReadObjects,
  type ColumnMetaData,
  type FileMetaData,
  type RowGroup,
  type SchemaTree,
} from 'hyparquet'
import { getMaxDefinitionLevel, getSchemaPath } from 'hyparquet/src/schema.js'
import { at } from '../../../../src/base/lists.ts'
import { shown } from '../../../../src/base/file-error.ts'
import { UserError } from '../../../../src/base/error.ts'
import { readFully, sizeOf, withRegularFile } from '../../../../src/base/regular-file.ts'
import { dataError } from '../../read.ts'
import { readFooter } from './footer.ts'
import { requireSoundPages } from './pages.ts'
import { carefully } from './unpack.ts'

/** One file of columns, of which only the parts that are wanted are read. */
export interface ParquetFile {
  readonly path: string
  readonly metadata: FileMetaData
  /** What describes each of its columns. */
  readonly columns: readonly SchemaTree[]
  readonly count: number
  /** First row of each group of rows, that are read together. */
  readonly starts: readonly number[]
  /** Values of one column, of the rows from `start` on, before `end`. @throws UserError ('DataError') where they are damaged */
  readonly column: (name: string, start: number, end: number) => Promise<unknown[]>
}

const MAGIC = 'PAR1'
/** The magic word at either end, and the length of what describes the columns. */
const LEAST_BYTES = 12

function bufferOf(path: string) {
  const byteLength = withRegularFile(path, sizeOf)
  const slice = (start: number, end = byteLength) => {
    if (!(start >= 0 && end >= start && end <= byteLength))
      throw new Error(`it points to bytes ${start} to ${end} of ${byteLength}`)
    const bytes = new Uint8Array(end - start)
    withRegularFile(path, (file) => {
      readFully(file, bytes, start, path)
    })
    return bytes.buffer
  }
  return { byteLength, slice }
}

/** Before anything is made of what it announces. */
function requireParquet(path: string): void {
  withRegularFile(path, (file) => {
    const size = sizeOf(file)
    if (size < LEAST_BYTES) throw dataError(path, `holds ${size} bytes, too few for a Parquet file`)
    const word = new Uint8Array(MAGIC.length)
    for (const position of [0, size - MAGIC.length]) {
      readFully(file, word, position, path)
      if (Buffer.from(word).toString('latin1') === MAGIC) continue
      throw dataError(
        path,
        position === 0
          ? 'is no Parquet file: byte 0 is not the beginning of one'
          : `is cut short: byte ${position} is not the end of a Parquet file`,
      )
    }
  })
}

/** hyparquet throws plain errors that say what is wrong. */
async function orDamaged<Result>(
  path: string,
  where: string,
  read: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error)) throw error
    throw dataError(path, `is damaged ${where}: ${shown(error.message)}`)
  }
}

/** What a group has of a column: a column of images is two, of their bytes and of their names. */
const chunksOf = (group: RowGroup, name: string): ColumnMetaData[] =>
  group.columns.flatMap(({ meta_data: data }) => (data?.path_in_schema[0] === name ? [data] : []))

/** @throws UserError ('DataError') where it is none, cut short, or damaged */
export async function openParquet(path: string): Promise<ParquetFile> {
  requireParquet(path)
  const file = bufferOf(path)
  const { metadata, columns } = await orDamaged(path, 'in the description of its columns, at its end', () =>
    readFooter(file),
  )
  const starts: number[] = []
  let count = 0
  for (const { num_rows } of metadata.row_groups) {
    const rows = Number(num_rows)
    if (!Number.isSafeInteger(rows) || rows < 0) throw dataError(path, `has a group of ${rows} rows`)
    starts.push(count)
    count += rows
  }
  if (count === 0) throw dataError(path, 'holds no rows', 'Give a file that does.')
  if (count !== Number(metadata.num_rows))
    throw dataError(path, `announces ${metadata.num_rows} rows, and its groups hold ${count}`)
  // Images take at least a byte each.
  if (count > file.byteLength)
    throw dataError(path, `announces ${count} images, and holds ${file.byteLength} bytes`)
  const column = (name: string, rowStart: number, rowEnd: number) =>
    orDamaged(path, `in rows ${rowStart} to ${rowEnd - 1} of '${shown(name)}'`, async () => {
      metadata.row_groups.forEach((group, i) => {
        const start = at(starts, i)
        if (start >= rowEnd || start + Number(group.num_rows) <= rowStart) return
        for (const chunk of chunksOf(group, name))
          requireSoundPages(path, chunk, {
            rows: Number(group.num_rows),
            deepest: getMaxDefinitionLevel(getSchemaPath(metadata.schema, chunk.path_in_schema)),
          })
      })
      const rows = await parquetReadObjects({
        ...{ file, metadata, compressors: carefully, columns: [name], rowStart, rowEnd, utf8: false },
      })
      if (rows.length !== rowEnd - rowStart) throw new Error(`it holds ${rows.length} of them`)
      return rows.map((row): unknown => row[name])
    })
  return { path, metadata, columns, count, starts, column }
}

/** The group of rows that a row is read with. */
export function groupOf({ starts, count }: ParquetFile, row: number): readonly [start: number, end: number] {
  const group = starts.findLastIndex((first) => first <= row)
  return [at(starts, group), starts[group + 1] ?? count]
}

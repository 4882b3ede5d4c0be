import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer, type FileMetaData } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { at } from '../../../../src/base/lists.ts'
import { shown } from '../../../../src/base/file-error.ts'
import { UserError } from '../../../../src/base/error.ts'
import { readFully, sizeOf, withRegularFile } from '../../../../src/base/regular-file.ts'
import { dataError } from '../../read.ts'

/** One file of columns, of which only the parts that are wanted are read. */
export interface ParquetFile {
  readonly path: string
  readonly metadata: FileMetaData
  readonly count: number
  /** First row of each group of rows, that are read together. */
  readonly starts: readonly number[]
  /** Values of one column, of the rows from `start` on, before `end`. @throws UserError ('DataError') where they are damaged */
  readonly column: (name: string, start: number, end: number) => Promise<unknown[]>
}

const MAGIC = 'PAR1'
/** The magic word at either end, and the length of what describes the columns. */
const LEAST_BYTES = 12

const bufferOf = (path: string): AsyncBuffer => ({
  byteLength: withRegularFile(path, sizeOf),
  slice: (start, end) =>
    withRegularFile(path, (file) => {
      const bytes = new Uint8Array((end ?? sizeOf(file)) - start)
      readFully(file, bytes, start, path)
      return bytes.buffer
    }),
})

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
async function orDamaged<Result>(path: string, where: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error)) throw error
    throw dataError(path, `is damaged ${where}: ${shown(error.message)}`)
  }
}

/** @throws UserError ('DataError') where it is none, cut short, or damaged */
export async function openParquet(path: string): Promise<ParquetFile> {
  requireParquet(path)
  const file = bufferOf(path)
  const metadata = await orDamaged(path, 'in the description of its columns, at its end', () =>
    parquetMetadataAsync(file),
  )
  const starts: number[] = []
  let count = 0
  for (const { num_rows } of metadata.row_groups) {
    starts.push(count)
    count += Number(num_rows)
  }
  if (count === 0 || count !== Number(metadata.num_rows))
    throw dataError(path, `announces ${metadata.num_rows} rows, and its groups hold ${count}`)
  const column = (name: string, rowStart: number, rowEnd: number) => {
    const group = starts.findLastIndex((first) => first <= rowStart)
    const offset = metadata.row_groups[group]?.columns[0]?.meta_data?.data_page_offset
    return orDamaged(path, `in rows ${rowStart} to ${rowEnd - 1} (from byte ${offset ?? 0} on)`, async () => {
      const rows = await parquetReadObjects({
        file,
        metadata,
        compressors,
        columns: [name],
        rowStart,
        rowEnd,
        utf8: false,
      })
      if (rows.length !== rowEnd - rowStart) throw new Error(`it holds ${rows.length} of them`)
      return rows.map((row): unknown => row[name])
    })
  }
  return { path, metadata, count, starts, column }
}

/** The group of rows that a row is read with. */
export function groupOf({ starts, count }: ParquetFile, row: number): readonly [start: number, end: number] {
  const group = starts.findLastIndex((first) => first <= row)
  return [at(starts, group), starts[group + 1] ?? count]
}

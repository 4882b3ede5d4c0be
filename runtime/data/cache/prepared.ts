import { join } from 'node:path'
import { z } from 'zod'
import { isThere } from '../../../src/base/file-kind.ts'
import { makeFolder } from '../../../src/base/make-folder.ts'
import { readFully, readTextFile, sizeOf, withRegularFile } from '../../../src/base/regular-file.ts'
import { writeAtomically } from '../../files/atomic.ts'
import { rowSize, type Dataset, type Rows, type ValueType } from '../dataset.ts'
import { dataError } from '../read.ts'
import { storedDataset, type StoredDataset } from '../stored/stored-dataset.ts'
import { sourceOf } from '../stored/piece.ts'
import { cacheFolder } from './folder.ts'
import { whilePreparing } from './while-preparing.ts'
import { writeRows } from './write-rows.ts'
import type { OpenOptions } from '../format.ts'

/** A row as it was decoded, or why there is none. */
export type Decoded =
  { readonly row: Rows; readonly label?: number | undefined } | { readonly leftOut: string }

/** How rows are made that are worth keeping for all runs. */
export interface Preparation extends Pick<Dataset, 'name' | 'shape' | 'type' | 'classes' | 'classNames'> {
  /** SHA-256 of the content of all that is decoded and of how. */
  readonly key: string
  /** How many rows there will be, for the progress. */
  readonly total: number
  /** What is decoded, such as the path of an archive. */
  readonly what: string
  readonly rows: () => AsyncIterable<Decoded> | Iterable<Decoded>
  /** Asked when all rows were read, where the names of the classes come with them. */
  readonly namesRead?: () => readonly string[]
}

const recordSchema = z.strictObject({
  format: z.literal('hebb-prepared'),
  version: z.literal(1),
  name: z.string(),
  count: z.int().positive(),
  shape: z.tuple([z.int().positive(), z.int().positive(), z.int().positive()]),
  type: z.enum(['uint8', 'float32']),
  classes: z.int().positive().optional(),
  classNames: z.array(z.string()).optional(),
  /** Whether a label of four bytes per row follows the rows. */
  labelled: z.boolean(),
  leftOut: z.array(z.string()),
  /** SHA-256 of rows and labels. */
  content: z.string().regex(/^[0-9a-f]{64}$/),
})
export type PreparedRecord = z.infer<typeof recordSchema>

const recordLimits = { largest: 256 * 1024 * 1024, what: 'the record of prepared images' }
const LABEL_BYTES = 4

export const valueBytes = (type: ValueType): number => (type === 'uint8' ? 1 : 4)

/** Undefined where nothing is prepared, or not whole: then it is made again. */
function openPrepared(path: string): StoredDataset | undefined {
  if (!isThere(`${path}.json`) || !isThere(`${path}.rows`)) return undefined
  const record = parsed(readTextFile(`${path}.json`, recordLimits))
  if (!record) return undefined
  const { count, shape, type, labelled, name, classes, classNames, leftOut, content } = record
  const stride = rowSize({ shape }) * valueBytes(type)
  const source = sourceOf(`${path}.rows`)
  if (source.size !== count * (stride + (labelled ? LABEL_BYTES : 0))) return undefined
  const labels = labelled ? readLabels(source.path, count, count * stride) : undefined
  return storedDataset(
    { pieces: [{ source, count, at: 0, stride }], shape, type, order: 'planes' },
    { name, classes, classNames, labels, leftOut, content },
  )
}

function parsed(text: string): PreparedRecord | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

const readLabels = (path: string, count: number, position: number): Uint32Array =>
  withRegularFile(path, (file) => {
    const bytes = new Uint8Array(count * LABEL_BYTES)
    if (sizeOf(file) < position + bytes.length)
      throw dataError(path, 'is cut short', 'Remove it: it is made again.')
    readFully(file, bytes, position, path)
    return new Uint32Array(bytes.buffer)
  })

/**
 * The rows of a preparation, decoded once into a file of the cache that all runs share; whoever comes meanwhile waits.
 * Until it is whole, nothing of it is seen; what a killed process left is removed by the next one.
 *
 * @throws UserError ('DataError') of what is decoded; ('FileError') where the cache cannot be written
 */
export async function prepared(preparation: Preparation, options: OpenOptions = {}): Promise<Dataset> {
  const folder = join(cacheFolder(), 'prepared')
  const path = join(folder, preparation.key)
  const ready = openPrepared(path)
  if (ready) return ready
  makeFolder(folder)
  return whilePreparing(path, preparation.what, options, async () => {
    const made = openPrepared(path)
    if (made) return made
    const written = await writeRows(`${path}.rows`, preparation, options)
    const { name, shape, type, classes, namesRead } = preparation
    const classNames = namesRead ? namesRead() : preparation.classNames
    const record: PreparedRecord = {
      ...{ format: 'hebb-prepared', version: 1, name, ...written, shape: [...shape], type },
      ...(classes === undefined ? {} : { classes }),
      ...(classNames === undefined ? {} : { classNames: [...classNames] }),
    }
    writeAtomically(`${path}.json`, [`${JSON.stringify(record)}\n`])
    const whole = openPrepared(path)
    if (!whole) throw new Error(`${path} was not written whole`)
    return whole
  })
}

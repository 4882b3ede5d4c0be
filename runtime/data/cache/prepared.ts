import { join } from 'node:path'
import { isThere } from '../../../src/base/file-kind.ts'
import { makeFolder } from '../../../src/base/make-folder.ts'
import { parseJsonAs } from '../../../src/base/strangers.ts'
import { readFully, readTextFile, sizeOf, withRegularFile } from '../../../src/base/regular-file.ts'
import { writeAtomically } from '../../files/atomic.ts'
import { rowBytes, type Dataset } from '../dataset.ts'
import { preparedSchema, type Preparation, type PreparedRecord } from './preparation.ts'
import { dataError } from '../read.ts'
import type { StoredDataset } from '../stored/is-stored.ts'
import { storedDataset } from '../stored/stored-dataset.ts'
import { sourceOf } from '../stored/source-of.ts'
import { fingerprint } from './fingerprint.ts'
import { cacheFolder, orCacheError } from './folder.ts'
import { whilePreparing } from './while-preparing.ts'
import { writeRows } from './write-rows.ts'
import type { OpenOptions } from '../format.ts'

const recordLimits = { largest: 256 * 1024 * 1024, what: 'the record of prepared images' }
/** The names of all that was left out. */
const MOST_VALUES = 10_000_000
const LABEL_BYTES = 4

/** Undefined where nothing is prepared, or not whole, or not as it was written: then it is made again. */
async function openPrepared(path: string, options: OpenOptions): Promise<StoredDataset | undefined> {
  if (!isThere(`${path}.json`) || !isThere(`${path}.rows`)) return undefined
  const record = parsed(readTextFile(`${path}.json`, recordLimits))
  if (!record) return undefined
  const { count, shape, type, labelled, name, classes, classNames, leftOut, content } = record
  const stride = rowBytes({ shape, type })
  const source = sourceOf(`${path}.rows`)
  if (source.size !== count * (stride + (labelled ? LABEL_BYTES : 0))) return undefined
  const labels = labelled ? readLabels(source.path, count, count * stride) : undefined
  const stored = { pieces: [{ source, count, at: 0, stride }], shape, type, order: 'planes' } as const
  const facts = { name, classes, classNames, leftOut }
  // Damaged labels may be of no class: here all are allowed, which the hash knows nothing of.
  const asWritten = storedDataset(stored, { name, classes: labels && 2 ** 32, labels })
  if ((await fingerprint(asWritten, options)) !== content) return undefined
  return storedDataset(stored, { ...facts, labels, content })
}

function parsed(text: string): PreparedRecord | undefined {
  try {
    return parseJsonAs(text, preparedSchema, MOST_VALUES)
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
export const prepared = (preparation: Preparation, options: OpenOptions = {}): Promise<Dataset> =>
  orCacheError(() => preparedOnce(preparation, options))

async function preparedOnce(preparation: Preparation, options: OpenOptions): Promise<Dataset> {
  const folder = join(cacheFolder(), 'prepared')
  const path = join(folder, preparation.key)
  const ready = await openPrepared(path, options)
  if (ready) return ready
  makeFolder(folder)
  return whilePreparing(path, preparation.what, options, async () => {
    const made = await openPrepared(path, options)
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
    const whole = await openPrepared(path, options)
    if (!whole) throw new Error(`${path} was not written whole`)
    return whole
  })
}

import { createGunzip } from 'node:zlib'
import { pipeline, Readable } from 'node:stream'
import { readPieces } from '../../src/base/regular-file.ts'
import { isSystemError } from '../../src/base/file-error.ts'
import { inChunks } from './chunks.ts'
import { dataError } from './read.ts'
import type { Decoded } from './cache/preparation.ts'

const PIECE = 1024 * 1024

/** Rows of a gzip file one after the other, of which little is in memory at a time. */
export async function* unpackedRows(
  path: string,
  { skip, count, stride }: { readonly skip: number; readonly count: number; readonly stride: number },
): AsyncGenerator<Decoded> {
  const stream = pipeline(Readable.from(readPieces(path, PIECE)), createGunzip(), () => undefined)
  let given = 0
  try {
    for await (const row of inChunks(stream as AsyncIterable<Uint8Array>, stride, skip)) {
      if (given === count) throw dataError(path, `goes on behind its ${count} images`)
      if (row.length < stride) break
      yield { row }
      given++
    }
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw dataError(path, `its gzip data are damaged (${error.message})`)
  }
  if (given < count) throw dataError(path, `is cut short: it holds ${given} of ${count} images`)
}

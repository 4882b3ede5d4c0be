import { createGunzip } from 'node:zlib'
import { pipeline, Readable } from 'node:stream'
import { readPieces } from '../../src/base/regular-file.ts'
import { isSystemError } from '../../src/base/file-error.ts'
import { dataError } from './read.ts'
import type { Decoded } from './cache/preparation.ts'

const PIECE = 1024 * 1024

/** Rows of a gzip file one after the other, of which little is in memory at a time. */
export async function* unpackedRows(
  path: string,
  { skip, count, stride }: { readonly skip: number; readonly count: number; readonly stride: number },
): AsyncGenerator<Decoded> {
  const stream = pipeline(Readable.from(readPieces(path, PIECE)), createGunzip(), () => undefined)
  let passed = 0
  let given = 0
  let row = new Uint8Array(stride)
  let filled = 0
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      let from = Math.min(chunk.length, Math.max(0, skip - passed))
      passed += chunk.length
      while (from < chunk.length) {
        if (given === count) throw dataError(path, `goes on behind its ${count} images`)
        const taken = Math.min(stride - filled, chunk.length - from)
        row.set(chunk.subarray(from, from + taken), filled)
        filled += taken
        from += taken
        if (filled < stride) continue
        yield { row }
        given++
        filled = 0
        row = new Uint8Array(stride)
      }
    }
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw dataError(path, `its gzip data are damaged (${error.message})`)
  }
  if (given < count) throw dataError(path, `is cut short: it holds ${given} of ${count} images`)
}

import { createHash } from 'node:crypto'
import { stampOf } from '../../../src/base/file-kind.ts'
import { readPieces } from '../../../src/base/regular-file.ts'
import { digest } from './digest.ts'
import { kept, type Kept } from './kept.ts'

/** Hashes of what is large, kept until it is written to again. */

/** Adding up less than this takes no time worth a file. */
export const WORTH_KEEPING = 256 * 1024 * 1024
const PIECE = 4 * 1024 * 1024

/** A hash that was kept under this stamp, or made now and kept. */
export function keptHash(stamp: string): Kept {
  const { found = '', keep } = kept('hashes', digest(stamp), 64)
  return { found: /^[0-9a-f]{64}$/.test(found) ? found : undefined, keep }
}

/** SHA-256 of a file of any size. @throws UserError ('FileError') */
export function hashFile(path: string): string {
  const hash = createHash('sha256')
  for (const piece of readPieces(path, PIECE)) hash.update(piece)
  return hash.digest('hex')
}

/** SHA-256 of a file's content and of how it is decoded. */
export function fingerprintOfFile(path: string, how: string): string {
  const { size, text } = stampOf(path)
  const memory = size >= WORTH_KEEPING ? keptHash(text) : undefined
  const hash = memory?.found ?? hashFile(path)
  if (memory && memory.found === undefined) memory.keep(hash)
  return digest(hash, how)
}

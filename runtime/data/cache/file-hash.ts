import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { isThere, stampOf } from '../../../src/base/file-kind.ts'
import { makeFolder } from '../../../src/base/make-folder.ts'
import { UserError } from '../../../src/base/error.ts'
import { readPieces, readTextFile } from '../../../src/base/regular-file.ts'
import { writeAtomically } from '../../files/atomic.ts'
import { cacheFolder } from './folder.ts'

/** Hashes of what is large, kept until it is written to again. */

/** Adding up less than this takes no time worth a file. */
export const WORTH_KEEPING = 256 * 1024 * 1024
const PIECE = 4 * 1024 * 1024

/** SHA-256, in hexadecimal. */
export const digest = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

const kept = { largest: 64, what: 'a SHA-256' }

/** A hash that was kept under this stamp, or made now and kept; where it cannot be kept, nothing but time is lost. */
export function keptHash(stamp: string): {
  readonly found: string | undefined
  readonly keep: (hash: string) => void
} {
  const folder = join(cacheFolder(), 'hashes')
  const path = join(folder, digest(stamp))
  const text = isThere(path) ? readTextFile(path, kept) : ''
  const keep = (hash: string) => {
    try {
      makeFolder(folder)
      writeAtomically(path, [hash])
    } catch (error) {
      if (!(error instanceof UserError)) throw error
    }
  }
  return { found: /^[0-9a-f]{64}$/.test(text) ? text : undefined, keep }
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

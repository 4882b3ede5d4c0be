import { closeSync, fsyncSync, openSync } from 'node:fs'
import { fileError, isSystemError } from '../../src/base/file-error.ts'
import { writeFully } from '../files/atomic.ts'

/** Writes a new file as its parts arrive. @throws UserError ('FileError') where the system refuses */
export async function writePieces(
  path: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  let file: number | undefined
  try {
    file = openSync(path, 'wx')
    for await (const piece of pieces) writeFully(file, piece)
    fsyncSync(file)
  } catch (error) {
    throw isSystemError(error) ? fileError('write', path, error) : error
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

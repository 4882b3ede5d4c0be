import { closeSync } from 'node:fs'
import { openRegularFile, readFully, sizeOf } from '../../src/base/regular-file.ts'

const PIECE = 16 * 1024 * 1024

/** A file from its beginning to its end. @throws UserError ('FileError') where it cannot be read */
export function* piecesOf(path: string): Generator<Uint8Array, void> {
  const file = openRegularFile(path)
  try {
    const size = sizeOf(file)
    for (let done = 0; done < size; done += PIECE) {
      const piece = new Uint8Array(Math.min(PIECE, size - done))
      readFully(file, piece, done, path)
      yield piece
    }
  } finally {
    closeSync(file)
  }
}

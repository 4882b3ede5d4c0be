import { closeSync } from 'node:fs'
import { fileError } from './file-error.ts'
import { openRegularFile, readUpTo } from './regular-file.ts'

const PIECE = 256 * 1024
const END = 0x0a

export interface Line {
  /** Undefined of a line that is longer than asked for, or no text in UTF-8. */
  readonly text: string | undefined
  /** Whether the line's end follows, which a kill may have torn off the last one. */
  readonly isWhole: boolean
}

/**
 * The lines of a regular file one by one, as far as it goes now, without their ends. However large the file is, only
 * a piece of it and a line of at most `longest` bytes are in memory.
 *
 * @throws UserError ('FileError') where it cannot be read, or is no regular file
 */
export function* linesOf(path: string, longest: number): Generator<Line, void> {
  const file = openRegularFile(path)
  try {
    yield* lines((piece, position) => {
      try {
        return readUpTo(file, piece, position)
      } catch (error) {
        throw fileError('read', path, error)
      }
    }, longest)
  } finally {
    closeSync(file)
  }
}

function* lines(read: (piece: Uint8Array, position: number) => number, longest: number): Generator<Line> {
  const piece = new Uint8Array(PIECE)
  const line = new Uint8Array(longest)
  let length = 0
  const add = (bytes: Uint8Array) => {
    if (length + bytes.length <= longest) line.set(bytes, length)
    length += bytes.length
  }
  const taken = (isWhole: boolean): Line => {
    const text = length > longest ? undefined : decoded(line.subarray(0, length))
    length = 0
    return { text, isWhole }
  }
  for (let position = 0; ;) {
    const count = read(piece, position)
    if (count === 0) break
    position += count
    let start = 0
    for (let end = piece.indexOf(END); end >= 0 && end < count; end = piece.indexOf(END, start)) {
      add(piece.subarray(start, end))
      yield taken(true)
      start = end + 1
    }
    add(piece.subarray(start, count))
  }
  if (length > 0) yield taken(false)
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

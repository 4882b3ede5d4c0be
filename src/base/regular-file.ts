import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { UserError } from './error.ts'
import { fileError, orFileError, shown } from './file-error.ts'
import { kindOf, kindOfStats, wrongKind } from './file-kind.ts'

/**
 * The one way to read files of users and strangers. Only regular files are opened: to open or to read a pipe or a
 * device may take for ever, and says nothing of how much there is.
 */

/** One system call reads at most 2 GB on Linux; smaller pieces also keep Ctrl-C responsive. */
const LARGEST_READ = 64 * 1024 * 1024

/**
 * Opens a regular file for reading, and returns its descriptor.
 *
 * @throws UserError ('FileError') that says what is there instead, or why it may not be read.
 */
export function openRegularFile(path: string): number {
  // Asked before it is opened, since a writer waits for a pipe to be opened, and a device may act on it.
  const kind = kindOf(path)
  if (kind !== undefined && kind !== 'file') throw wrongKind(kind, path)
  let file: number
  try {
    // Whatever takes the file's place meanwhile: opening it does not wait.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK || 0))
  } catch (error) {
    throw fileError('read', path, error)
  }
  try {
    const opened = kindOfStats(fstatSync(file))
    if (opened !== 'file') throw wrongKind(opened, path)
    return file
  } catch (error) {
    closeSync(file)
    throw fileError('read', path, error)
  }
}

/** Bytes of an open file. */
export const sizeOf = (file: number): number => fstatSync(file).size

/** Reads up to `bytes.length` bytes, fewer only where the file ends; returns how many. */
export function readUpTo(file: number, bytes: Uint8Array, position: number): number {
  let done = 0
  while (done < bytes.length) {
    const read = readSync(file, bytes, done, Math.min(bytes.length - done, LARGEST_READ), position + done)
    if (read === 0) break
    done += read
  }
  return done
}

/** Fills `bytes` with what stands at a position. @throws UserError ('FileError') where the file ends before. */
export function readFully(file: number, bytes: Uint8Array, position: number, path: string): void {
  let read: number
  try {
    read = readUpTo(file, bytes, position)
  } catch (error) {
    throw fileError('read', path, error)
  }
  if (read < bytes.length) throw changed(path, 'became shorter')
}

/** Gives the descriptor of a regular file to `use`, which may throw what the system throws. */
export function withRegularFile<Result>(path: string, use: (file: number) => Result): Result {
  const file = openRegularFile(path)
  try {
    return use(file)
  } catch (error) {
    throw fileError('read', path, error)
  } finally {
    closeSync(file)
  }
}

/** A file some bytes at a time, of any size. What is given is the reader's own. @throws UserError ('FileError') */
export function* readPieces(path: string, bytes: number): Generator<Uint8Array<ArrayBuffer>> {
  const file = openRegularFile(path)
  try {
    for (let position = 0; ; position += bytes) {
      const piece = new Uint8Array(bytes)
      const read = orFileError('read', path, () => readUpTo(file, piece, position))
      if (read > 0) yield piece.subarray(0, read)
      if (read < bytes) return
    }
  } finally {
    closeSync(file)
  }
}

export interface WholeFile {
  /** Most bytes that are read. */
  readonly largest: number
  /** What is at most so large, for the message: `a manifest`. */
  readonly what: string
}

/**
 * Reads a whole regular file, as it is at one moment as far as can be told.
 *
 * @throws UserError ('FileError') where it is larger, where it changes meanwhile, or where its size is not told before
 *   it is read, as below /proc.
 */
export const readRegularFile = (path: string, { largest, what }: WholeFile): Uint8Array<ArrayBuffer> =>
  withRegularFile(path, (file) => {
    const size = sizeOf(file)
    if (size > largest)
      throw new UserError(
        'FileError',
        `cannot read ${shown(path)}: it holds ${size} bytes, and ${what} at most ${largest}`,
        {
          help: 'It is damaged, or something else: give another file.',
        },
      )
    const bytes = new Uint8Array(size)
    readFully(file, bytes, 0, path)
    requireEnd(file, size, path)
    return bytes
  })

/** @throws UserError ('FileError') where a file that ended at `size` goes on. */
export function requireEnd(file: number, size: number, path: string): void {
  if (readUpTo(file, new Uint8Array(1), size) > 0) throw changed(path, 'became longer')
}

/** As `readRegularFile`, as text in UTF-8. */
export function readTextFile(path: string, limits: WholeFile): string {
  const bytes = readRegularFile(path, limits)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw fileError('read', path, error)
  }
}

const changed = (path: string, how: string): UserError =>
  new UserError('FileError', `cannot read ${shown(path)}: it ${how} while it was read`, {
    help: 'Wait until it is no longer written, and try again.',
  })

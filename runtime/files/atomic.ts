import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { fileError, isSystemError, orFileError } from '../../src/base/file-error.ts'
import { kindOf, wrongKind } from '../../src/base/file-kind.ts'
import { readPieces } from '../../src/base/regular-file.ts'
import { partialOf } from './partials.ts'

/** One system call writes at most 2 GB on Linux; smaller pieces also keep Ctrl-C responsive. */
const LARGEST_WRITE = 64 * 1024 * 1024
/** What is copied at once. */
const PIECE = 4 * 1024 * 1024

/** Writes all of it, however little the system takes at once: where the file stands, or at a position. */
export const writeFully = (file: number, bytes: Uint8Array, position?: number): void => {
  for (let done = 0; done < bytes.length;) {
    const length = Math.min(bytes.length - done, LARGEST_WRITE)
    done += writeSync(file, bytes, done, length, position === undefined ? null : position + done)
  }
}

const writeAndSync = (path: string, chunks: Iterable<Uint8Array | string>): void => {
  const encoder = new TextEncoder()
  const file = openSync(path, 'wx')
  try {
    for (const chunk of chunks) writeFully(file, typeof chunk === 'string' ? encoder.encode(chunk) : chunk)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** The rename itself is durable only once the folder is synced; some systems have no such call. */
const syncFolder = (folder: string): void => {
  const unsupported = ['EINVAL', 'ENOTSUP', 'EISDIR', 'EPERM', 'EACCES']
  try {
    const handle = openSync(folder, 'r')
    try {
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  } catch (error) {
    if (!isSystemError(error) || !unsupported.includes(error.code)) throw error
  }
}

/**
 * A rename would put a file in the place of a device such as /dev/null, or of a pipe.
 *
 * @throws UserError ('FileError') where a path leads to something that is not replaced by a file
 */
function requireReplaceable(path: string): void {
  const kind = kindOf(path)
  if (kind !== undefined && kind !== 'file' && kind !== 'dangling link')
    throw wrongKind(kind, path, 'file', 'write')
}

/**
 * Writes a file so that a reader finds the old file or the whole new one, whatever happens meanwhile:
 * beside it under a name of its own, `PATH.0123456789ab.partial`, synced, then renamed. Chunks are written one by one,
 * text as UTF-8.
 * On failure the partial file is removed and the old one stays; throws a UserError of kind FileError.
 *
 * @param allow is asked before the file takes its place, and may throw
 */
export const writeAtomically = (
  path: string,
  chunks: Iterable<Uint8Array | string>,
  allow: () => void = () => undefined,
): void => {
  requireReplaceable(path)
  const partial = partialOf(path)
  try {
    writeAndSync(partial, chunks)
    allow()
    renameSync(partial, path)
  } catch (error) {
    try {
      rmSync(partial, { force: true })
    } catch {
      // The first error says what is wrong; that the partial file also stays is not news.
    }
    throw fileError('write', path, error)
  }
  orFileError('write', path, () => {
    syncFolder(dirname(path))
  })
}

/**
 * The same, of what a failing machine may lose: nothing waits for the disk. The file is the old one or the new one to
 * whoever reads it.
 */
export function replaceText(path: string, text: string): void {
  requireReplaceable(path)
  const partial = partialOf(path)
  orFileError('write', path, () => {
    try {
      writeFileSync(partial, text, { flag: 'wx' })
      renameSync(partial, path)
    } finally {
      rmSync(partial, { force: true })
    }
  })
}

/** Ends what was written piece by piece beside a file: waits until it is on the disk, and renames it. Throws what the system says. */
export function finishPartial(file: number, partial: string, path: string): void {
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(partial, path)
  syncFolder(dirname(path))
}

/**
 * As `writeAtomically`, of chunks that are made while they are written.
 *
 * @throws UserError ('FileError'), or what `chunks` throws; the old file then stays.
 */
export async function writeAtomicallyAs(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  requireReplaceable(path)
  const partial = partialOf(path)
  const file = orFileError('write', path, () => openSync(partial, 'wx'))
  try {
    try {
      for await (const chunk of chunks)
        orFileError('write', path, () => {
          writeFully(file, chunk)
        })
      orFileError('write', path, () => {
        fsyncSync(file)
      })
    } finally {
      closeSync(file)
    }
    orFileError('write', path, () => {
      renameSync(partial, path)
      syncFolder(dirname(path))
    })
  } finally {
    rmSync(partial, { force: true })
  }
}

/**
 * Puts a file that is never written to again under a second name, in place of what has that name: as a link to the
 * same bytes where the disk has links, else as a copy.
 *
 * @throws UserError ('FileError'); what had that name then stays.
 */
export function copyAtomically(from: string, to: string): void {
  requireReplaceable(to)
  const partial = partialOf(to)
  orFileError('write', to, () => {
    try {
      linkOrCopy(from, partial)
      renameSync(partial, to)
    } finally {
      // Nothing is renamed where both names have the same bytes already.
      rmSync(partial, { force: true })
    }
    syncFolder(dirname(to))
  })
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch {
    writeAndSync(to, readPieces(from, PIECE))
  }
}

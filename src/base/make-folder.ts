import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isSystemError, orFileError } from './file-error.ts'
import { isThere, kindOf, wrongKind } from './file-kind.ts'

/**
 * Makes a folder and those above it that are missing, and returns those that it made, the outermost first. Node's own
 * recursive mkdir never returns where the system answers ENOENT for a folder whose parent exists, as below /proc.
 *
 * @throws UserError ('FileError') where the system refuses, or something else than a folder is in the way.
 */
export function makeFolder(path: string): string[] {
  return orFileError('write', path, () => inFolder(path, (made) => made))
}

/** Another process that found no use for a folder takes it away again: so often in a row that is no accident any more. */
const MOST_TRIES = 100

/**
 * Makes a folder as `makeFolder` does and acts in it. Where another process removes the folder before anything is in
 * it, both are done again.
 *
 * @param act is given the folders that were made, and leaves something in the last of them
 * @throws what `act` throws, or what the system says
 */
export function inFolder<Result>(path: string, act: (made: string[]) => Result): Result {
  const made = new Set<string>()
  for (let tries = 1; ; tries++)
    try {
      for (const folder of missing(path)) if (makeOne(folder)) made.add(folder)
      const kind = kindOf(resolve(path))
      if (kind !== undefined && kind !== 'folder') throw wrongKind(kind, path, 'folder', 'write')
      return act([...made])
    } catch (error) {
      const isGone = isSystemError(error) && error.code === 'ENOENT' && !isThere(resolve(path))
      if (!isGone || tries === MOST_TRIES) throw error
    }
}

/** What there is not on the way to a folder, the outermost first, itself included. */
function missing(path: string): string[] {
  const found: string[] = []
  for (let folder = resolve(path); !isThere(folder); folder = dirname(folder)) found.unshift(folder)
  return found
}

/** Whether it was this call that made it: another process may just have. */
function makeOne(folder: string): boolean {
  try {
    mkdirSync(folder)
    return true
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST' && kindOf(folder) === 'folder') return false
    throw error
  }
}

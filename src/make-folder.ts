import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileError, isSystemError } from './file-error.ts'
import { isThere, kindOf, wrongKind } from './file-kind.ts'

/**
 * Makes a folder and those above it that are missing, and returns those that it made, the outermost first. Node's own
 * recursive mkdir never returns where the system answers ENOENT for a folder whose parent exists, as below /proc.
 *
 * @throws UserError ('FileError') where the system refuses, or something else than a folder is in the way.
 */
export function makeFolder(path: string): string[] {
  const missing: string[] = []
  let folder = resolve(path)
  for (; !isThere(folder); folder = dirname(folder)) missing.unshift(folder)
  const made = missing.filter((each) => makeOne(each, path))
  const kind = kindOf(resolve(path))
  if (kind !== undefined && kind !== 'folder') throw wrongKind(kind, path, 'folder', 'write')
  return made
}

/** Whether it was this call that made it: another process may just have. */
function makeOne(folder: string, wanted: string): boolean {
  try {
    mkdirSync(folder)
    return true
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST' && kindOf(folder) === 'folder') return false
    throw fileError('write', wanted, error)
  }
}

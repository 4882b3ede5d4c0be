import { randomBytes } from 'node:crypto'
import { readdirSync, unlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isSystemError, orFileError } from '../../src/base/file-error.ts'

/** Files that are being written, under names of their own beside what they will be. */

/** A new name beside a file, for what will be that file. */
export const partialOf = (path: string): string => `${path}.${randomBytes(6).toString('hex')}.partial`

const partialName = /^\.[0-9a-f]{12}\.partial$/

/**
 * Removes what killed processes left beside a file while they wrote it. Nobody else may be writing it: for who holds
 * the lock on its folder. What another user has put there stays, and what may not be seen: it is in nobody's way.
 */
export function removePartials(path: string): void {
  orFileError('write', path, () => {
    for (const name of permitted(() => readdirSync(dirname(path))) ?? [])
      if (name.startsWith(`${basename(path)}.`) && partialName.test(name.slice(basename(path).length)))
        permitted(() => {
          unlinkSync(join(dirname(path), name))
        })
  })
}

/** Undefined where the system does not permit it, or it is done already. */
function permitted<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch (error) {
    if (isSystemError(error) && ['EACCES', 'EPERM', 'ENOENT', 'EISDIR'].includes(error.code)) return undefined
    throw error
  }
}

import { rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { LockHeld, removeRemains, takeLock } from '../../src/base/lock.ts'
import { inFolder } from '../../src/base/make-folder.ts'
import { orFileError } from '../../src/base/file-error.ts'

/** The right to write in a run's folder. */
export interface RunLock {
  /** @throws UserError ('RunError') where the lock is no longer ours: nothing may be written then. */
  readonly require: () => void
}

/**
 * Does what writes in a run's folder while nobody else does. The folder is made, and folders that were made for it
 * and stay empty are removed again.
 *
 * @throws UserError ('RunError') where another process has the run.
 */
export async function whileLocked<Result>(
  folder: string,
  use: (lock: RunLock) => Promise<Result>,
): Promise<Result> {
  const path = join(folder, 'lock')
  let made: string[] = []
  try {
    const lock = orFileError('write', folder, () =>
      inFolder(folder, (folders) => {
        made = folders
        return takeRunLock(folder, path)
      }),
    )
    try {
      orFileError('write', folder, () => {
        removeRemains(path)
      })
      const require = () => {
        if (!lock.isHeld())
          throw new UserError(
            'RunError',
            `${path} is gone, or names another process: the run is not ours any more`,
            {
              help: `Nothing was written since. Go on with: hebb train --resume --out ${folder}`,
            },
          )
      }
      return await use({ require })
    } finally {
      lock.release()
    }
  } finally {
    for (const each of made.toReversed()) removeIfEmpty(each)
  }
}

function takeRunLock(folder: string, path: string): ReturnType<typeof takeLock> {
  try {
    return takeLock(path)
  } catch (error) {
    if (!(error instanceof LockHeld)) throw error
    throw new UserError('RunError', `${folder} is in use: ${error.holder('trains')}`, { help: error.help })
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // It holds something by now, or the system wants to keep it.
  }
}

import { rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { hold } from '../../src/base/held.ts'
import { isHeldBy, LockHeld, removeRemains, takeLock } from '../../src/base/lock.ts'
import { inFolder } from '../../src/base/make-folder.ts'
import { orFileError } from '../../src/base/file-error.ts'

/** Who writes in a run's folder, in words that can be told to a thread. */
export interface RunClaim {
  readonly folder: string
  readonly token: string
}

/** The right to write in a run's folder. */
export interface RunLock {
  readonly claim: RunClaim

  /** @throws UserError ('RunError') where the lock is no longer ours: nothing may be written then. */
  readonly require: () => void
}

const watching = 'watches a sweep'
const watchingHelp = 'It shows how the runs stand, and fetches them; Ctrl-C there ends that, and no run.'

/** What a folder is wanted for: told to who wants it, too. */
export type Doing = 'trains' | 'makes a sweep' | 'withdraws a sweep' | typeof watching

const lockOf = (folder: string): string => join(folder, 'lock')

/** Whether the lock is still that of who claims it. */
export const isHeld = ({ folder, token }: RunClaim): boolean => isHeldBy(lockOf(folder), token)

/** @throws UserError ('RunError') where the lock is no longer that of who claims it */
export function requireHeld(claim: RunClaim): void {
  const { folder } = claim
  const path = lockOf(folder)
  if (isHeld(claim)) return
  throw new UserError('RunError', `${path} is gone, or names another process: the run is not ours any more`, {
    help: `Nothing was written since. Go on with: hebb train --resume --out ${folder}`,
  })
}

/** The same, until it is given back. */
export interface HeldRun extends RunLock {
  readonly release: () => void
}

/**
 * Takes the right to write in the folder of a run, or of a sweep. The folder is made; when the right is given back, folders that were made
 * for it and stayed empty are removed again.
 *
 * @throws UserError ('RunError') where another process has the run.
 */
export function lockRun(folder: string, doing: Doing = 'trains'): HeldRun {
  const path = lockOf(folder)
  let made: string[] = []
  const tidy = () => {
    for (const each of made.toReversed()) removeIfEmpty(each)
  }
  // Before the lock is taken: what is taken last is given back first.
  const letGo = hold(tidy)
  try {
    const lock = orFileError('write', folder, () =>
      inFolder(folder, (folders) => {
        made = folders
        return takeRunLock(folder, path, doing)
      }),
    )
    const release = () => {
      lock.release()
      tidy()
      letGo()
    }
    try {
      orFileError('write', folder, () => {
        removeRemains(path)
      })
    } catch (error) {
      lock.release()
      throw error
    }
    const claim = { folder, token: lock.token }
    const require = () => {
      requireHeld(claim)
    }
    return { claim, require, release }
  } catch (error) {
    tidy()
    letGo()
    throw error
  }
}

/** Does what writes in a run's folder while nobody else does. @throws as `lockRun` */
export async function whileLocked<Result>(
  folder: string,
  use: (lock: RunLock) => Promise<Result>,
  doing?: Doing,
): Promise<Result> {
  const lock = lockRun(folder, doing)
  try {
    return await use(lock)
  } finally {
    lock.release()
  }
}

function takeRunLock(folder: string, path: string, doing: Doing): ReturnType<typeof takeLock> {
  try {
    return takeLock(path, doing)
  } catch (error) {
    if (!(error instanceof LockHeld)) throw error
    const advice = error.owner?.doing === watching ? `${watchingHelp} ${error.help}` : error.help
    throw new UserError('RunError', `${folder} is in use: ${error.holder('trains')}`, { help: advice })
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // It holds something by now, or the system wants to keep it.
  }
}

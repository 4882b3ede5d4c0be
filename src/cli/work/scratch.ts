import { randomBytes } from 'node:crypto'
import { chmodSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { orFileError } from '../../base/file-error.ts'
import { hold } from '../../base/held.ts'
import { hasEnded } from '../../base/lock-owner.ts'
import { ownerOf, takeLock } from '../../base/lock.ts'
import { inFolder } from '../../base/make-folder.ts'

/** Where a worker makes its runs: a folder of its own, which goes with it. */

const name = /^hebb-work-[0-9a-f]{12}$/
const OWNER = 'owner'

export interface Scratch {
  readonly folder: string
  readonly remove: () => void
}

/**
 * Makes a folder for this process, and removes those of workers that were killed here.
 *
 * @param given where; default: the system's folder for temporary files
 * @throws UserError ('FileError') where it cannot be written to
 */
export function openScratch(given: string | undefined): Scratch {
  const parent = given ?? tmpdir()
  const folder = join(parent, `hebb-work-${randomBytes(6).toString('hex')}`)
  const removeFolder = () => {
    rmSync(folder, { recursive: true, force: true })
  }
  // Before the lock is taken: what is taken last is given back first.
  const letGo = hold(removeFolder)
  return orFileError('write', parent, () => {
    const lock = inFolder(folder, () => takeLock(join(folder, OWNER)))
    // Others on this host have no business in it.
    chmodSync(folder, 0o700)
    removeLeftovers(parent)
    const remove = () => {
      lock.release()
      removeFolder()
      // What a killed one had started may still have written when we began.
      removeLeftovers(parent)
      letGo()
    }
    return { folder, remove }
  })
}

/** Only what a worker of ours has made, of which it is certain that it has ended. */
function removeLeftovers(parent: string): void {
  for (const each of readdirSync(parent).filter((entry) => name.test(entry))) {
    const folder = join(parent, each)
    const owner = ownerOf(join(folder, OWNER))
    try {
      if (owner && hasEnded(owner)) removeLeft(folder)
      // Ended before it could say whose it is: goes where nothing is in it.
      else if (!owner) rmdirSync(folder)
    } catch {
      // Another worker is at it, or has just made it; or it is another user's.
    }
  }
}

/**
 * Whose it is goes last, where nothing else is there any more: what is still written there, by what a killed worker had
 * started, is removed by whoever looks next.
 */
function removeLeft(folder: string): void {
  for (const entry of readdirSync(folder).filter((each) => each !== OWNER))
    rmSync(join(folder, entry), { recursive: true, force: true })
  if (readdirSync(folder).some((each) => each !== OWNER)) return
  rmSync(folder, { recursive: true, force: true })
}

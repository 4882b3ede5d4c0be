import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isThere, kindOf, modeOf } from '../base/file-kind.ts'
import { removeRemains, takeLock } from '../base/lock.ts'

/** Folders that are replaced as a whole. */
export interface FolderKind {
  /** Whether a file of this name may be in one. */
  readonly isOurs: (name: string) => boolean
  readonly isWhole: (folder: string) => boolean
}

/**
 * Puts a new folder in a place, of an old one if there is one: the new one is filled beside it and then renamed. One
 * process does so at a time, and puts right what one that was killed has left.
 *
 * @param kind what such folders hold: others are not removed, and only whole ones go back to their place
 * @param fill fills the new folder; where it throws, all stays as it was
 * @throws LockHeld where another process is writing there; else what the system says
 */
export function replaceFolder(target: string, kind: FolderKind, fill: (made: string) => void): void {
  const path = `${target}.lock`
  const lock = takeLock(path)
  try {
    removeRemains(path)
    for (const name of readdirSync(dirname(target)))
      if (name.startsWith(basename(target)) && brokenOff.test(name.slice(basename(target).length)))
        putRight(join(dirname(target), name), target, kind)
    const temporary = mkdtempSync(`${target}.partial-`)
    try {
      const [made, old] = [join(temporary, 'new'), join(temporary, 'old')]
      mkdirSync(made)
      fill(made)
      if (isThere(target)) exchange(target, made, old)
      else renameSync(made, target)
    } finally {
      rmSync(temporary, { recursive: true, force: true })
    }
  } finally {
    lock.release()
  }
}

/** As `mkdtemp` ends names. */
const brokenOff = /^\.partial-[A-Za-z0-9]{6}$/

/** What was broken off: an old folder that has left its place and has no successor goes back; all else goes. */
function putRight(temporary: string, target: string, { isOurs, isWhole }: FolderKind): void {
  if (kindOf(temporary) !== 'folder') return
  const holdsOurs = (name: string): boolean =>
    ['new', 'old'].includes(name) &&
    kindOf(join(temporary, name)) === 'folder' &&
    readdirSync(join(temporary, name)).every(isOurs)
  if (!readdirSync(temporary).every(holdsOurs)) return
  const old = join(temporary, 'old')
  if (isThere(old) && isWhole(old) && !isThere(target)) renameSync(old, target)
  rmSync(temporary, { recursive: true, force: true })
}

function exchange(target: string, made: string, old: string): void {
  // Who may use it does not change with what is in it.
  chmodSync(made, modeOf(target))
  renameSync(target, old)
  try {
    renameSync(made, target)
  } catch (error) {
    renameSync(old, target)
    throw error
  }
}

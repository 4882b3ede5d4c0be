import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { hold } from './held.ts'
import { writeNewFile } from './new-file.ts'
import { readTextFile } from './regular-file.ts'
import { parseJsonAs } from './strangers.ts'
import { canBeAsked, hasEnded, ownerSchema, thisOwner, type Owner } from './lock-owner.ts'

/**
 * A lock is a file that holds its owner's name. It is made whole and only where there is none, by a hard link, which
 * network file systems do in one step, too; where there are no links, by exclusive creation. An owner that has ended
 * is taken over from; one of whom that cannot be known (another host's) is not.
 */
export interface Lock {
  /** What its file names this owner by. */
  readonly token: string
  /** Whether the file still names this owner: somebody may have removed it by hand. */
  readonly isHeld: () => boolean
  readonly release: () => void
}

/** Who holds the lock that was wanted; undefined where its file does not say. */
export class LockHeld extends Error {
  readonly path: string
  readonly owner: Owner | undefined

  constructor(path: string, owner: Owner | undefined) {
    super(`${path} is held${owner ? ` by process ${owner.pid} of ${owner.host}` : ''}`)
    this.path = path
    this.owner = owner
  }

  /** `process 123 of HOST, since 2026-11-28T12:00:00.000Z, trains there`. @param doing what it does, where it has not said so */
  holder(doing: string): string {
    const { owner } = this
    if (!owner) return `${this.path} is there, and says nothing of whose it is`
    return `process ${owner.pid} of ${owner.host}, since ${owner.since}, ${owner.doing ?? doing} there`
  }

  /** What to do about it: of a process of another host or container it cannot be known whether it has ended. */
  get help(): string {
    return this.owner && canBeAsked(this.owner)
      ? 'Wait for it, or stop it.'
      : `Wait for it. If it has surely ended, which cannot be known from here, remove ${this.path}`
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined

const ownerSize = { largest: 64 * 1024, what: 'a note of an owner' }

/** Whom a file names as its owner; undefined where there is no file, or one that names nobody. */
export function ownerOf(path: string): Owner | undefined {
  try {
    return parseJsonAs(readTextFile(path, ownerSize), ownerSchema)
  } catch {
    return undefined
  }
}

const withoutLinks: readonly unknown[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL']

/** Makes the lock's file, whole, where there is none; says whether it did. */
function make(claim: string, path: string): boolean {
  try {
    linkSync(claim, path)
    return true
  } catch (error) {
    // A network file system may have made the link and lost the answer.
    if (codeOf(error) === 'EEXIST') return statSync(claim).nlink === 2
    if (!withoutLinks.includes(codeOf(error))) throw error
  }
  try {
    writeNewFile(path, readFileSync(claim))
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/**
 * Replaces the lock of an owner that has ended. Only who holds the lock on that very lock may, so that of two that
 * see it at once the second one finds it replaced.
 */
function takeOver(claim: string, path: string, ended: Owner): boolean {
  const right = takeLock(`${path}.${ended.token}`)
  try {
    if (ownerOf(path)?.token !== ended.token) return false
    renameSync(claim, path)
    return true
  } finally {
    right.release()
  }
}

/** What becomes the lock of this token. */
export const claimOf = (path: string, token: string): string => `${path}.${token}.claim`

/** Often enough for locks that are released or taken over at the same moment. */
const TRIES = 5

/**
 * Takes a lock, in a folder that is there.
 *
 * @param doing what for, which others are told who want it: small letters, `makes a sweep`
 * @throws LockHeld where somebody has it; else what the system says.
 */
export function takeLock(path: string, doing?: string): Lock {
  const token = randomBytes(16).toString('hex')
  const claim = claimOf(path, token)
  writeNewFile(claim, `${JSON.stringify(thisOwner(token, doing), null, 2)}\n`)
  try {
    for (let tried = 0; ; tried++) {
      if (make(claim, path)) break
      const owner = ownerOf(path)
      if (owner && hasEnded(owner) && takeOver(claim, path, owner)) break
      // It may have been released just now.
      if (tried === TRIES || (owner && !hasEnded(owner))) throw new LockHeld(path, owner)
    }
  } finally {
    rmSync(claim, { force: true })
  }
  const isHeld = () => isHeldBy(path, token)
  const remove = () => {
    try {
      if (isHeld()) rmSync(path, { force: true })
    } catch {
      // It is taken over once this process has ended; what it was held for is done, or has an error of its own.
    }
  }
  const letGo = hold(remove)
  const release = () => {
    remove()
    letGo()
  }
  return { token, isHeld, release }
}

/** Whether a lock's file names the owner of this token. */
export const isHeldBy = (path: string, token: string): boolean => ownerOf(path)?.token === token

/** Removes what processes that have ended left beside a lock while they tried to take it. */
export function removeRemains(path: string): void {
  for (const name of readdirSync(dirname(path))) {
    const beside = join(dirname(path), name)
    const owner = remains.test(name.slice(basename(path).length)) ? ownerOf(beside) : undefined
    if (name.startsWith(basename(path)) && owner && hasEnded(owner)) rmSync(beside, { force: true })
  }
}

const remains = /^(\.[0-9a-f]{32})+(\.claim)?$/

/** Who holds a lock and can be seen to live; undefined where nobody does, or where that cannot be known from here. */
export function livingHolder(path: string): Owner | undefined {
  const owner = ownerOf(path)
  return owner && canBeAsked(owner) && !hasEnded(owner) ? owner : undefined
}

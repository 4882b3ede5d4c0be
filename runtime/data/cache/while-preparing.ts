import { setTimeout } from 'node:timers/promises'
import { LockHeld, removeRemains, takeLock, type Lock } from '../../../src/base/lock.ts'
import { orFileError } from '../../../src/base/file-error.ts'
import { removePartials } from '../../files/partials.ts'
import type { OpenOptions } from '../format.ts'

const POLL_MILLISECONDS = 200

function tryLock(path: string): Lock | LockHeld {
  try {
    return orFileError('write', path, () => takeLock(path))
  } catch (error) {
    if (error instanceof LockHeld) return error
    throw error
  }
}

/** Does what writes prepared rows while no other process does, once another one that does so is done. */
export async function whilePreparing<Result>(
  path: string,
  what: string,
  { onNotice, signal }: OpenOptions,
  use: () => Promise<Result>,
): Promise<Result> {
  const lockPath = `${path}.lock`
  let lock = tryLock(lockPath)
  if (lock instanceof LockHeld) onNotice?.(`${what}: ${lock.holder('prepares it')}; waiting for it`)
  while (lock instanceof LockHeld) {
    await setTimeout(POLL_MILLISECONDS)
    signal?.throwIfAborted()
    lock = tryLock(lockPath)
  }
  try {
    orFileError('write', path, () => {
      removeRemains(lockPath)
    })
    for (const file of [`${path}.rows`, `${path}.json`]) removePartials(file)
    return await use()
  } finally {
    lock.release()
  }
}

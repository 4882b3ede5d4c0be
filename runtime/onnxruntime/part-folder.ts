import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { orFileError } from '../../src/base/file-error.ts'
import { hold } from '../../src/base/held.ts'
import { ownerOf } from '../../src/base/lock.ts'
import { hasEnded, thisOwner } from '../../src/base/lock-owner.ts'
import { makeFolder } from '../../src/base/make-folder.ts'
import { writeNewFile } from '../../src/base/new-file.ts'

/** Whose a folder is stands beside it, from before it is made until after it is gone. */
const noteOf = (part: string): string => `${part}.json`

/**
 * Gives a new folder to `use`, for what is not whole yet, and removes it with all that is in it: afterwards, and where a
 * signal ends the process. What processes left that were killed is removed, too.
 *
 * @param inside where it is made
 * @param name what its name begins with, such as `cuda`
 * @param command what whoever may write there can run instead
 * @param use is given a signal that is aborted where the process is about to end
 * @throws UserError ('InstallError') where nothing can be written there
 */
export async function withPartFolder<Result>(
  inside: string,
  { name, command }: { readonly name: string; readonly command: string },
  use: (part: string, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  removeRemains(inside, name)
  const part = join(inside, `${name}.part-${randomBytes(16).toString('hex')}`)
  const controller = new AbortController()
  const letGo = hold(() => {
    controller.abort()
    remove(part)
  })
  try {
    writable(inside, command, () => {
      writeNewFile(noteOf(part), `${JSON.stringify(thisOwner(part.slice(-32)), null, 2)}\n`)
      makeFolder(part)
    })
    return await use(part, controller.signal)
  } finally {
    remove(part)
    letGo()
  }
}

function remove(part: string): void {
  rmSync(part, { recursive: true, force: true, maxRetries: 3 })
  rmSync(noteOf(part), { force: true })
}

function writable(inside: string, command: string, write: () => void): void {
  try {
    orFileError('write', inside, write)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    throw new UserError('InstallError', error.problem, {
      help: `Whoever may write there must run: ${command}`,
    })
  }
}

/** Removes what processes left that have certainly ended: the folders of others, who may be at work, stay. */
export function removeRemains(inside: string, name: string): void {
  for (const entry of orFileError('read', inside, () => readdirSync(inside))) {
    if (!entry.startsWith(`${name}.part-`) || !entry.endsWith('.json')) continue
    const part = join(inside, entry.slice(0, -'.json'.length))
    const owner = ownerOf(noteOf(part))
    try {
      if (owner && hasEnded(owner)) remove(part)
    } catch {
      // Another process has just removed it, or may remove it and we may not: it is in nobody's way.
    }
  }
}

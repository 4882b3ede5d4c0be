import { join } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { isThere, kindOf } from '../../src/base/file-kind.ts'
import { requireNoRun } from './run-folder.ts'
import { namesIn } from './run-files.ts'
import { recordPath } from './run-record.ts'

/**
 * A new run has a folder of its own, new or empty; what does not look like a run or a bundle, such as logs, may lie there.
 *
 * @throws UserError ('RunError') where the folder holds a run, is one of runs, or is a bundle.
 */
export function requirePlaceForRun(folder: string): void {
  requireNoRun(folder)
  const found = isThere(join(folder, 'manifest.json')) ? 'a bundle' : runIn(folder)
  if (found !== undefined)
    throw new UserError('RunError', `${folder} holds ${found}, and a run has a folder of its own`, {
      help: `Name a new one: --out ${join(folder, 'NAME')}`,
    })
}

function runIn(folder: string): string | undefined {
  if (kindOf(folder) !== 'folder') return undefined
  const name = namesIn(folder)
    .sort()
    .find((each) => isRun(join(folder, each)))
  return name === undefined ? undefined : `the run ${name}`
}

/** A folder without rights, such as the lost+found of a disk, is passed over. */
function isRun(folder: string): boolean {
  try {
    return isThere(recordPath(folder))
  } catch (error) {
    if (error instanceof UserError) return false
    throw error
  }
}

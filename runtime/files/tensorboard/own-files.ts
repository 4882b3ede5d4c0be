import { rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { orFileError } from '../../../src/base/file-error.ts'
import { namesIn } from '../run-files.ts'

/** TensorBoard reads what has `tfevents` in its name, by the order of names; the rest says that it is ours. */
const ownName = /^events\.out\.tfevents\.(\d{10,})\.hebb$/

/** The event files that Hebb has written in a folder, the latest last. */
export const eventFilesIn = (folder: string): string[] =>
  namesIn(folder)
    .filter((name) => ownName.test(name))
    .sort((a, b) => numberOf(a) - numberOf(b))
    .map((name) => join(folder, name))

const numberOf = (path: string): number => Number(/(\d+)\.hebb$/.exec(path)?.[1])

export function removeEventFiles(paths: readonly string[]): void {
  for (const path of paths)
    orFileError('write', path, () => {
      rmSync(path, { force: true })
    })
}

/**
 * Gives up what a new file has anew. TensorBoard's reader in Python goes on to a later file only from one that is there,
 * so the last stays until the next time, empty.
 */
export function emptyEventFiles(paths: readonly string[]): void {
  removeEventFiles(paths.slice(0, -1))
  for (const path of paths.slice(-1))
    orFileError('write', path, () => {
      truncateSync(path)
    })
}

/** For a new file beside those. Later than any other even where the clock was set back: readers go by the order of names. */
export function nameAfter(before: readonly string[]): string {
  const now = Math.floor(Date.now() / 1000)
  const number = Math.max(now, ...before.map((path) => numberOf(path) + 1))
  return `events.out.tfevents.${String(number).padStart(10, '0')}.hebb`
}

import { showCount, showProgress, type CountView, type ProgressView } from '../../runtime/train/progress.ts'
import type { Command } from 'commander'

/** What a command shows on its way to its result: all of it goes through here, and is nothing with --quiet. */

let quiet = false

export const addQuietFlag = (command: Command): Command =>
  command.option('--quiet', 'show no progress: only results, warnings and errors')

/** For the command that is about to run. */
export function heedQuiet(command: Command): void {
  quiet = command.getOptionValue('quiet') === true
}

export const isQuiet = (): boolean => quiet

export const progressShown = (): ProgressView =>
  quiet ? { update: () => undefined, stop: () => undefined } : showProgress()

export const countShown = (what: string, total: number): CountView =>
  quiet ? { update: () => undefined, stop: () => undefined } : showCount(what, total)

/** What is being done, on standard output, of a command that tells a story there. */
export function say(line: string): void {
  if (!quiet) console.log(line)
}

/** What is being done, as a line on standard error. */
export function tell(line: string): void {
  if (!quiet) console.error(line)
}

import {
  showCount,
  showProgress,
  type CountLine,
  type CountView,
  type ProgressLine,
  type ProgressView,
} from '../../runtime/train/progress.ts'
import { drawnNoMore, drawnNow, writeLines } from './drawn.ts'
import { isJson, tellEvent } from './log.ts'
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
  quiet
    ? { update: () => undefined, stop: () => undefined }
    : asDrawn(showProgress(process.stderr, asEvent()))

export const countShown = (what: string, total: number): CountView =>
  quiet
    ? { update: () => undefined, stop: () => undefined }
    : asDrawn(showCount(what, total, process.stderr, isJson() ? countEvent : undefined))

interface View<Given> {
  readonly update: (given: Given) => void
  readonly stop: () => void
  readonly above?: (text: string) => void
}

/** A bar is drawn from its first update on. */
function asDrawn<Given>(view: View<Given>): View<Given> {
  const { above } = view
  if (!above) return view
  const drawn = { above }
  return {
    update: (given) => {
      drawnNow(drawn)
      view.update(given)
    },
    stop: () => {
      drawnNoMore(drawn)
      view.stop()
    },
  }
}

/** A line of progress as an event, where all is. */
const asEvent = (): ProgressLine | undefined =>
  isJson()
    ? (stream, progress) => {
        tellEvent('info', 'progress', progress, stream)
      }
    : undefined

const countEvent: CountLine = (stream, what, done, total) => {
  tellEvent('info', 'preparing', { what, done, total }, stream)
}

/** What is being done, on standard output, of a command that tells a story there. */
export function say(line: string): void {
  if (quiet) return
  if (isJson()) tellEvent('info', 'message', { message: line }, process.stdout)
  else console.log(line)
}

/** What is being done, as a line on standard error. */
export function tell(line: string): void {
  if (quiet) return
  if (isJson()) tellEvent('info', 'message', { message: line })
  else writeLines(line)
}

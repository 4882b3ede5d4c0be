import { tellGoesOn } from '../../bin/follow.mjs'
import { isJson, tellEvent } from './log.ts'

/** How a command that is ended now can be gone on with. */
export interface GoesOn {
  /** In words: `the same command goes on`. */
  readonly how: string
  /** What is stopped, as the event `stopped` says it: the `run`, or the `sweep`. */
  readonly of: object
}

let known: GoesOn | undefined

/** From now on. The process that watches over this one is told, too. */
export function canGoOn(goesOn: GoesOn): void {
  known = goesOn
  tellGoesOn(goesOn.how)
}

/** The event of a log: what was stopped. As text, the signal's line says so. */
export function tellStopped(): void {
  if (known && isJson()) tellEvent('info', 'stopped', known.of, process.stdout)
}

/** Undefined where nothing is there yet that could be gone on with. */
export const goesOn = (): GoesOn | undefined => known

import { UserError } from '../../error.ts'
import type { UserLine } from '../user-line.ts'

/** Seconds that a program may take to load and to compile; the largest that compile today take tens of seconds. */
export const DEFAULT_TIMEOUT = 120

const help = (seconds: number) =>
  `Mend what does not end, or give it more time: --timeout ${Math.max(10 * seconds, DEFAULT_TIMEOUT)}.`

/** What to say of a program that is at work for too long, halted at this line of its own, if it was at one. */
export const timeoutError = (program: string, seconds: number, at: UserLine | undefined): UserError =>
  new UserError('TimeoutError', `${program} was not loaded and compiled after ${seconds} s`, {
    origin: at?.origin,
    details: at ? [at.thrownThere ? 'it was at work in that line' : 'hebb was at work on that line'] : [],
    help: help(seconds),
  })

/** What to say of a program whose top waits for something that does not come. */
export const pendingError = (program: string, origin: UserError['origin'], seconds?: number): UserError =>
  new UserError(
    'ProgramError',
    seconds === undefined
      ? `${program} waits for a promise that nothing is left to settle`
      : `${program} still waits for a promise after ${seconds} s`,
    {
      origin,
      help:
        seconds === undefined
          ? "Look at each 'await' at the top of the program and of the files that it imports."
          : help(seconds),
    },
  )

import { UserError } from '../../base/error.ts'
import { bytes } from '../units.ts'
import type { UserLine } from '../user-line.ts'

/** Seconds that a program may take to load and to compile; the largest that compile today take tens of seconds. */
export const DEFAULT_TIMEOUT = 120

const help = (seconds: number) =>
  `Mend what does not end, or give it more time: --timeout ${Math.max(10 * seconds, DEFAULT_TIMEOUT)}.`

const halted = (at: UserLine | undefined) => ({
  origin: at?.origin,
  details: at ? [at.thrownThere ? 'it was at work in that line' : 'hebb was at work on that line'] : [],
})

/** What to say of a program that is at work for too long, halted at this line of its own, if it was at one. */
export const timeoutError = (program: string, seconds: number, at: UserLine | undefined): UserError =>
  new UserError('TimeoutError', `${program} was not loaded and compiled after ${seconds} s`, {
    ...halted(at),
    help: help(seconds),
  })

/** What to say of a program that was halted before it had used up all that Node.js may take, in bytes. */
export const memoryError = (program: string, limit: number, at: UserLine | undefined): UserError =>
  new UserError('MemoryError', `${program} takes more memory than there is: ${bytes(limit)}`, {
    ...halted(at),
    help: 'Mend what does not end, or give Node.js more: NODE_OPTIONS=--max-old-space-size=MEGABYTES.',
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

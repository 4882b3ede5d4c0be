import { setTimeout } from 'node:timers/promises'
import type { Attendance } from './attendance.ts'
import type { GivenOrders } from './given-orders.ts'

/** Within this time a group answers that it is there, over a slow link, too. */
const ANSWER_MS = 10_000
/** Within this one a server is there again that is being restarted, or somebody takes a group that was given back. */
const TAKEN_MS = 4000
const LOOK_MS = 100

/** A training is to stop, and some of its groups will not finish what was allowed: nobody is there who would. */
export class Unfinished extends Error {
  constructor(why: string) {
    super(why)
    this.name = 'Unfinished'
  }
}

interface StoppingOptions {
  readonly orders: GivenOrders
  readonly attendance: Attendance
  /** Of a group, by its number: its layers, and who has it. */
  readonly nameOf: (group: number) => string
  readonly hostOf: (group: number) => string | undefined
  readonly isConnected: () => boolean
  /** Aborted where the training has ended. */
  readonly signal: AbortSignal
}

/**
 * Of a training that is to stop: asks its groups whether they are there until it has ended. Steps and checkpoints may take as
 * long as they do where somebody is at them.
 *
 * @throws Unfinished where nobody is at one of the groups
 */
export async function requireAttendance(options: StoppingOptions): Promise<void> {
  const { orders, attendance, signal } = options
  while (!signal.aborted) {
    const asked = orders.ask()
    const began = performance.now()
    for (let missing = attendance.missing(asked); missing.length > 0; missing = attendance.missing(asked)) {
      const waited = performance.now() - began
      const lost = missing.find((group) => waited > patience(options, group))
      if (lost !== undefined) throw new Unfinished(why(options, { group: lost, asked }))
      if (!(await pause(LOOK_MS, signal))) return
    }
    await pause(ANSWER_MS, signal)
  }
}

const patience = ({ attendance, isConnected }: StoppingOptions, group: number): number =>
  attendance.free.has(group) || !isConnected() ? TAKEN_MS : ANSWER_MS

function why(
  { orders, attendance, nameOf, hostOf, isConnected }: StoppingOptions,
  { group, asked }: { readonly group: number; readonly asked: number },
): string {
  if (!isConnected()) return 'the server does not answer'
  if (!orders.isAsked(asked)) return 'the server takes nothing more'
  const host = hostOf(group)
  return attendance.free.has(group) || host === undefined
    ? `nobody has ${nameOf(group)}`
    : `${host}, which has ${nameOf(group)}, does not answer`
}

/** Whether the signal was not aborted meanwhile. */
const pause = (milliseconds: number, signal: AbortSignal): Promise<boolean> =>
  setTimeout(milliseconds, true, { signal }).catch(() => false)

import { constants } from 'node:os'
import { hearSignals } from '../../bin/early-stop.mjs'
import { ONE_KEYPRESS_MS, stopping } from '../../bin/signals.mjs'
import { giveAllBack } from '../base/held.ts'
import { writeLines } from './drawn.ts'
import { goesOn } from './goes-on.ts'
import { isJson, tellEvent } from './log.ts'

export { stopping }
export type Stopping = (typeof stopping)[number]

/**
 * Ends the process as a signal does that nobody handles; shells see 130 after Ctrl-C. Locks are given back.
 * `process.exit` would end worker threads first, and onnxruntime aborts with a message of its own where it is working in one.
 */
export function endBy(signal: NodeJS.Signals): void {
  giveAllBack()
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}

/** How a command that is stopped ends. */
export interface Stop {
  /** Seconds until the process is ended, which another process watches; undefined: however long it takes. */
  readonly grace?: number | undefined
  readonly exitZeroOnSignal?: boolean
}

let stops: Stop = {}
let underWay = 0

/** For all that is interruptible from now on. */
export function stopBy(stop: Stop): void {
  stops = stop
}

/** Whether work is under way that heeds signals itself. */
export const isInterruptible = (): boolean => underWay > 0

/** Says which signal was heard, and what happens now. Who pressed Ctrl-C knows so. */
export function tellSignal(signal: Stopping, notice: string, grace?: number): void {
  const message = signal === 'SIGINT' ? notice : `${signal}: ${notice}`
  if (isJson()) tellEvent('warning', 'signal', { signal, grace, message })
  else writeLines(message, '\n')
}

function noticeOf(signal: Stopping, notice: string): string {
  const { grace } = stops
  const again = signal === 'SIGINT' ? ' Ctrl-C again stops at once.' : ''
  return `${notice}${again}${grace === undefined ? '' : ` In ${grace} s it is ended.`}`
}

/**
 * Runs work that can be stopped: the first Ctrl-C, or another signal that stops a process, aborts the signal that the
 * work is given and says what happens now; a second one ends the process. Both are heard only where the work lets the
 * event loop turn. Schedulers repeat themselves: within a time of grace only Ctrl-C is a second one. Work that ends stopped
 * gives the process the exit code that shells give a signal: 128 and its number, or 0 where that is asked for and
 * something is there that can be gone on with.
 *
 * @param notice what happens now, as it stands then
 * @returns undefined where the work threw what the signal was aborted with
 */
export async function interruptible<Result>(
  notice: string | (() => string),
  work: (signal: AbortSignal) => Promise<Result>,
  isStopped: (result: Result) => boolean,
): Promise<Result | undefined> {
  const { grace, exitZeroOnSignal = false } = stops
  const controller = new AbortController()
  let first: Stopping | undefined
  let isOver = false
  let keypress: NodeJS.Timeout | undefined
  const stop = (signal: Stopping) => {
    if (first !== undefined) {
      if (isOver && (grace === undefined || signal === 'SIGINT')) endBy(signal)
      return
    }
    first = signal
    // A step may block this thread for longer: what came meanwhile is heard after timers, before immediates.
    keypress = setTimeout(() => setImmediate(() => (isOver = true)), ONE_KEYPRESS_MS).unref()
    tellSignal(signal, noticeOf(signal, typeof notice === 'string' ? notice : notice()), grace)
    controller.abort()
  }
  const stopped = (signal: Stopping) => {
    if (!exitZeroOnSignal || goesOn() === undefined) process.exitCode = 128 + constants.signals[signal]
  }
  for (const signal of stopping) process.on(signal, stop)
  hearSignals()
  underWay++
  try {
    const result = await work(controller.signal)
    if (first !== undefined && isStopped(result)) stopped(first)
    return result
  } catch (error) {
    if (first === undefined || error !== controller.signal.reason) throw error
    stopped(first)
    return undefined
  } finally {
    clearTimeout(keypress)
    underWay--
    for (const signal of stopping) process.off(signal, stop)
  }
}

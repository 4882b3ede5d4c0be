import { constants } from 'node:os'
import { isJson, tellEvent } from './log.ts'

/** npx, npm and our own first process pass on what the terminal has told this process already: these two are one. */
const ONE_KEYPRESS_MS = 500

/** What a user, a terminal that closes, or a scheduler stops a process by. */
export const stopping = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const
type Stopping = (typeof stopping)[number]

/**
 * Ends the process as a signal does that nobody handles; shells see 130 after Ctrl-C. `process.exit` would end worker
 * threads first, and onnxruntime aborts with a message of its own where it is working in one.
 */
export function endBy(signal: NodeJS.Signals): void {
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

/** For all that is interruptible from now on. */
export function stopBy(stop: Stop): void {
  stops = stop
}

/**
 * Runs work that can be stopped: the first Ctrl-C, or another signal that stops a process, aborts the signal that the
 * work is given and says what happens now; a second one ends the process. Both are heard only where the work lets the
 * event loop turn. Schedulers repeat themselves: within a time of grace only Ctrl-C is a second one. Work that ends stopped
 * gives the process the exit code that shells give a signal: 128 and its number, or 0 where that is asked for.
 */
export async function interruptible<Result>(
  notice: string,
  work: (signal: AbortSignal) => Promise<Result>,
  isStopped: (result: Result) => boolean,
): Promise<Result> {
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
    const message = `${notice}${grace === undefined ? '' : ` In ${grace} s it is ended.`}`
    if (isJson()) tellEvent('warning', 'signal', { signal, grace, message })
    else console.error(`\n${message}`)
    controller.abort()
  }
  for (const signal of stopping) process.on(signal, stop)
  try {
    const result = await work(controller.signal)
    if (first !== undefined && isStopped(result) && !exitZeroOnSignal)
      process.exitCode = 128 + constants.signals[first]
    return result
  } finally {
    clearTimeout(keypress)
    for (const signal of stopping) process.off(signal, stop)
  }
}

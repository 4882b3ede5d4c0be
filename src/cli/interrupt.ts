import { constants } from 'node:os'

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

/**
 * Runs work that can be stopped: the first Ctrl-C, or another signal that stops a process, aborts the signal that the
 * work is given and says what happens now; a second one ends the process. Both are heard only where the work lets the
 * event loop turn. Work that ends stopped gives the process the exit code that shells give a signal: 128 and its number.
 */
export async function interruptible<Result>(
  notice: string,
  work: (signal: AbortSignal) => Promise<Result>,
  isStopped: (result: Result) => boolean,
): Promise<Result> {
  const controller = new AbortController()
  let first: Stopping | undefined
  let isOver = false
  let keypress: NodeJS.Timeout | undefined
  const stop = (signal: Stopping) => {
    if (first !== undefined) {
      if (isOver) endBy(signal)
      return
    }
    first = signal
    // A step may block this thread for longer: what came meanwhile is heard after timers, before immediates.
    keypress = setTimeout(() => setImmediate(() => (isOver = true)), ONE_KEYPRESS_MS).unref()
    console.error(`\n${notice}`)
    controller.abort()
  }
  for (const signal of stopping) process.on(signal, stop)
  try {
    const result = await work(controller.signal)
    if (first !== undefined && isStopped(result)) process.exitCode = 128 + constants.signals[first]
    return result
  } finally {
    clearTimeout(keypress)
    for (const signal of stopping) process.off(signal, stop)
  }
}

import { constants } from 'node:os'

/** npx and npm pass Ctrl-C on to a process that has it from the terminal already: these two are one. */
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
  let first: { readonly signal: Stopping; readonly at: number } | undefined
  const stop = (signal: Stopping) => {
    const now = performance.now()
    if (first) {
      if (now - first.at > ONE_KEYPRESS_MS) endBy(signal)
      return
    }
    first = { signal, at: now }
    console.error(`\n${notice}`)
    controller.abort()
  }
  for (const signal of stopping) process.on(signal, stop)
  try {
    const result = await work(controller.signal)
    if (first && isStopped(result)) process.exitCode = 128 + constants.signals[first.signal]
    return result
  } finally {
    for (const signal of stopping) process.off(signal, stop)
  }
}

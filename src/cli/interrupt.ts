import { exitCodes } from './exit-codes.ts'

/** npx and npm pass Ctrl-C on to a process that has it from the terminal already: these two are one. */
const ONE_KEYPRESS_MS = 500

/**
 * Runs work that can be stopped: the first Ctrl-C (or SIGTERM) aborts the signal that the work is given and
 * says what happens now, a second one ends the process. Both are heard only where the work lets the event
 * loop turn.
 */
export async function interruptible<Result>(
  notice: string,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController()
  let first = Infinity
  const stop = () => {
    const now = performance.now()
    if (now - first > ONE_KEYPRESS_MS) process.exit(exitCodes.interrupted)
    if (controller.signal.aborted) return
    first = now
    console.error(`\n${notice}`)
    controller.abort()
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, stop)
  try {
    return await work(controller.signal)
  } finally {
    for (const signal of signals) process.off(signal, stop)
  }
}

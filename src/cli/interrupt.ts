import { exitCodes } from './exit-codes.ts'

/**
 * Runs work that can be stopped: the first Ctrl-C (or SIGTERM) aborts the signal that the work is given and
 * says what happens now, a second one ends the process at once.
 */
export async function interruptible<Result>(
  notice: string,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController()
  const stop = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted)
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

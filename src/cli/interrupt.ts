/** npx and npm pass Ctrl-C on to a process that has it from the terminal already: these two are one. */
const ONE_KEYPRESS_MS = 500

/**
 * Ends the process as a signal does that nobody handles; shells see 130 after Ctrl-C. `process.exit` would end worker
 * threads first, and onnxruntime aborts with a message of its own where it is working in one.
 */
export function endBy(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}

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
  const stop = (signal: NodeJS.Signals) => {
    const now = performance.now()
    if (now - first > ONE_KEYPRESS_MS) endBy(signal)
    if (controller.signal.aborted) return
    first = now
    console.error(`\n${notice}`)
    controller.abort()
  }
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((signal) => ({
    signal,
    listener: () => {
      stop(signal)
    },
  }))
  for (const { signal, listener } of listeners) process.on(signal, listener)
  try {
    return await work(controller.signal)
  } finally {
    for (const { signal, listener } of listeners) process.off(signal, listener)
  }
}

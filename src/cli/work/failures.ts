import { tellWork } from './worker.ts'

/** What the server does not answer, as a worker that asks it again takes it. */

/** How often the same failure is told. */
const AGAIN_MS = 60_000

interface FailureOptions {
  /** Milliseconds. */
  readonly lease: number
  /** Aborted where the worker is to stop. */
  readonly stop: AbortSignal
  /** Aborted here, so that the worker waits for nothing any more. */
  readonly over: AbortController
}

/**
 * Tells once in a while what is tried again. A worker that is to stop does that for a lease: then its tasks are anybody's, and
 * the server may be gone for good.
 */
export function onFailure({ lease, stop, over }: FailureOptions): (error: Error, failing: number) => void {
  const told = new Map<string, number>()
  let stopped = Infinity
  stop.addEventListener('abort', () => (stopped = performance.now()))
  return ({ message }, failing) => {
    const now = performance.now()
    if (Math.min(failing, now - stopped) > lease)
      over.abort(new Error('the server has not answered for a lease since this worker is to stop'))
    if (now - (told.get(message) ?? -Infinity) < AGAIN_MS) return
    told.set(message, now)
    tellWork('warning', 'waiting', `the server: ${message}; it is asked again`, { message })
  }
}

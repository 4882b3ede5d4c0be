import { setImmediate } from 'node:timers/promises'
import type { OpenOptions } from '../format.ts'

/** What is read in one go may never let a signal be heard; to listen after each image would take longer than a small one. */
const LISTEN_MS = 50

/**
 * To be awaited between two pieces of long work. It throws the reason of the signal that has stopped it; where that was so
 * before, only once the work proves long: a run is then begun, and stopped before its first step.
 */
export function listening({ signal }: OpenOptions): () => Promise<void> {
  const wasAborted = signal?.aborted === true
  let last = performance.now()
  return async () => {
    const isLong = performance.now() - last > LISTEN_MS
    if (isLong) {
      await setImmediate()
      last = performance.now()
    }
    if (isLong || !wasAborted) signal?.throwIfAborted()
  }
}

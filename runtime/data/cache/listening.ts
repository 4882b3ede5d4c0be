import { setImmediate } from 'node:timers/promises'
import type { OpenOptions } from '../format.ts'

/** What is read in one go may never let a signal be heard; to listen after each image would take longer than a small one. */
const LISTEN_MS = 50

/** To be awaited between two pieces of long work. It throws the reason of the signal that has stopped it. */
export function listening({ signal }: OpenOptions): () => Promise<void> {
  let last = performance.now()
  return async () => {
    if (performance.now() - last > LISTEN_MS) {
      await setImmediate()
      last = performance.now()
    }
    signal?.throwIfAborted()
  }
}

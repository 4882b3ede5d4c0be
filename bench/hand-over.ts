import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'

/**
 * How near the cores are to each other. On a rented machine two cores may share their last cache in one minute and not in
 * the next; operations that both work on take up to half as long again, while one thread alone is as fast as before.
 */

/** Exchanges in a row that are timed; of all within the milliseconds the fastest count, as V8 compiles meanwhile. */
const EXCHANGES = 500
const MILLISECONDS = 20
const STOP = -1

/** Answers each odd number by the next one. */
const answering = `
const { parentPort, workerData } = require('node:worker_threads')
parentPort.postMessage('ready')
for (let word; (word = Atomics.load(workerData, 0)) !== ${STOP}; )
  if (word % 2 === 1) Atomics.store(workerData, 0, word + 1)`

/** Microseconds in which a word goes from one thread to another and back; none where there is only one core. */
export async function handOver(): Promise<number[]> {
  if (availableParallelism() < 2) return []
  const word = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(answering, { eval: true, workerData: word })
  await once(worker, 'message')
  const end = performance.now() + MILLISECONDS
  let [exchanged, least] = [0, Infinity]
  while (performance.now() < end) {
    const began = performance.now()
    for (const last = exchanged + EXCHANGES; exchanged < last; exchanged++) {
      Atomics.store(word, 0, 2 * exchanged + 1)
      while (Atomics.load(word, 0) !== 2 * exchanged + 2);
    }
    least = Math.min(least, performance.now() - began)
  }
  Atomics.store(word, 0, STOP)
  await once(worker, 'exit')
  return [(1000 * least) / EXCHANGES]
}

import { parentPort, workerData } from 'node:worker_threads'
import { BatchInputs } from '../batch-inputs.ts'
import { buffersOf } from '../../workers/thread/buffers.ts'
import { STOP } from '../../workers/thread/stop.ts'
import { datasetOf } from './dataset-of.ts'
import type { Rows } from '../../data/dataset.ts'
import type { AheadAnswer, AheadOrder, AheadPlan } from './messages.ts'

/** Prepares batches in a thread of its own, in the order in which they are asked for, and hands their memory over. */

const { manifest, graphs, dataset, seed, session } = (workerData as { plan: AheadPlan }).plan
const graph = ({ name }: { readonly name: string }) => {
  const bytes = graphs.get(name)
  if (!bytes) throw new Error(`no graph ${name}`)
  return bytes
}
let handed: Rows | undefined
const batches = await BatchInputs.create(
  {
    ...session,
    ...{ bundle: { manifest, graph }, seed },
    dataset: datasetOf(dataset, () => handed),
  },
  manifest.train,
)
const answer = (message: AheadAnswer, memory: ArrayBuffer[] = []) => parentPort?.postMessage(message, memory)

let stopping = false

async function prepare({ step, rate, average, rows }: AheadOrder): Promise<void> {
  // Messages are heard only when the event loop turns.
  await new Promise((resolve) => setImmediate(resolve))
  if (stopping) return
  handed = rows
  const inputs = await batches.at(manifest.train, step, { rate, average })
  answer({ kind: 'batch', step, inputs }, buffersOf(inputs))
}

// One after the other; an error ends the thread and reaches who asked as its 'error' event.
let last = Promise.resolve()
parentPort?.on('message', (message: AheadOrder | typeof STOP) => {
  if (message === STOP) {
    stopping = true
    void last
      .catch(() => undefined)
      .then(() => batches.release())
      .then(() => parentPort?.close())
    return
  }
  last = last.then(() => prepare(message))
  last.catch((error: unknown) => {
    setImmediate(() => {
      throw error
    })
  })
})
answer({ kind: 'ready' })

import { parentPort, workerData } from 'node:worker_threads'
import { valuesOf } from '../../values/start.ts'
import { Stepper } from '../../train/stepper.ts'
import { buffersOf } from '../thread/buffers.ts'
import type { Answer, Order, PartPlan } from './messages.ts'

/** One part of a pipeline, in a thread of its own: does each step for its layers and passes the step on. */

const { manifest, section, graphs, start, session, from, to } = (workerData as { plan: PartPlan }).plan
const graph = ({ name }: { readonly name: string }) => {
  const bytes = graphs.get(name)
  if (!bytes) throw new Error(`no graph ${name}`)
  return bytes
}
const values = valuesOf(manifest.train, start)
const stepper = await Stepper.open({ manifest, graph }, section, values, session)
const answer = (message: Answer, memory: ArrayBuffer[] = []) => parentPort?.postMessage(message, memory)

/** A copy to hand over: the values themselves change in the next step. */
function save(step: number): void {
  const copies = [...stepper.values()].map(
    ([name, value]) => [name, { ...value, data: value.data.slice() }] as const,
  )
  answer({ kind: 'saved', step, values: new Map(copies) }, buffersOf(Object.fromEntries(copies)))
}

let stopping = false

async function follow(order: Order): Promise<void> {
  if (stopping) return
  if (order.kind === 'save') {
    save(order.step)
    to?.postMessage(order)
    return
  }
  const { step, inputs } = order
  stepper.graphMilliseconds.clear()
  const [result] = await stepper.run([stepper.pick(inputs)])
  if (!result) throw new Error('a step gave nothing')
  if (to) {
    const passed = { ...inputs, ...result.outputs }
    to.postMessage({ kind: 'step', step, inputs: passed } satisfies Order, buffersOf(passed))
  }
  answer({
    ...{ kind: 'done', step, losses: result.losses, log: result.log },
    graphs: Object.fromEntries(stepper.graphMilliseconds),
  })
}

// One order after the other; an error ends the thread and reaches the main thread as its 'error' event.
let last = Promise.resolve()
from.on('message', (order: Order) => {
  last = last.then(() => follow(order))
  last.catch((error: unknown) => {
    setImmediate(() => {
      throw error
    })
  })
})
// The thread ends by itself, with nothing open: to end it from outside while a graph runs ends the whole process.
parentPort?.once('message', () => {
  stopping = true
  void last
    .catch(() => undefined)
    .then(() => stepper.release())
    .then(() => {
      from.close()
      to?.close()
    })
})
answer({ kind: 'ready' })

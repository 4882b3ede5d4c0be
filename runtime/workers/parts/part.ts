import { parentPort, workerData } from 'node:worker_threads'
import { valuesOf } from '../../values/start.ts'
import { discard } from '../../session/discard.ts'
import { Stepper } from '../../train/stepper.ts'
import { buffersOf } from '../thread/buffers.ts'
import { SharedExchange, stopAll, Stopped } from '../shards/shared-exchange.ts'
import { OwnMemory } from './own-memory.ts'
import { savedParts } from './saved-parts.ts'
import type { Answer, Order, PartPlan } from './messages.ts'

/** One part of a pipeline, in a thread of its own: does each step for its layers and passes the step on. */

const { manifest, section, graphs, start, session, shares, from, to } = (workerData as { plan: PartPlan })
  .plan
const graph = ({ name }: { readonly name: string }) => {
  const bytes = graphs.get(name)
  if (!bytes) throw new Error(`no graph ${name}`)
  return bytes
}
const values = valuesOf(manifest.train, start)
const exchange = shares && new SharedExchange(shares)
const stepper = await Stepper.open({ manifest, graph }, section, values, session, {
  share: shares?.dealt.share,
  exchange,
})
const received = new OwnMemory()
const answer = (message: Answer, memory: ArrayBuffer[] = []) => parentPort?.postMessage(message, memory)

/** What several workers have parts of is put together: each waits with its next one until then, so that little is there twice. */
function save(step: number): void {
  for (const [name, part] of savedParts(stepper.values(), section, shares?.dealt)) {
    answer({ kind: 'value', step, name, part }, buffersOf({ part }))
    exchange?.handedOver()
  }
  answer({ kind: 'saved', step })
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
  const [result] = await stepper.run([received.of(stepper.pick(inputs))])
  if (!result) throw new Error('a step gave nothing')
  if (to) {
    const passed = { ...inputs, ...result.outputs }
    to.postMessage({ kind: 'step', step, inputs: passed } satisfies Order, buffersOf(passed))
  } else discard({ ...inputs, ...result.outputs })
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
    // Who stopped all has told why.
    if (error instanceof Stopped) return
    // Others wait for what is not made any more.
    if (shares) stopAll(shares.memory)
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

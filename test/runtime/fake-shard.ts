import { parentPort, type MessagePort } from 'node:worker_threads'
import { SharedExchange, Stopped } from '../../runtime/workers/shards/shared-exchange.ts'
import { savedParts } from '../../runtime/workers/parts/saved-parts.ts'
import { Deferred } from '../../runtime/workers/thread/deferred.ts'
import { STOP } from '../../runtime/workers/thread/stop.ts'
import { stepsOf } from './fake-graphs.ts'
import type { SavedPart, SharesPlan } from '../../runtime/workers/parts/messages.ts'
import type { HostTensor } from '../../runtime/values/tensor.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** A worker whose graphs are fakes: does its share of a section, and tells what it keeps, or that it was stopped. */

export interface FakeOrder {
  readonly section: Section
  readonly shares: SharesPlan
  readonly steps: number
  readonly seed: number
  /** Where what it reads of other parts comes from, and where what others read of it goes. */
  readonly from?: MessagePort | undefined
  readonly to?: MessagePort | undefined
}
export type FakeAnswer = ReadonlyMap<string, SavedPart> | 'stopped'

type Handed = Readonly<Record<string, HostTensor>>

/** What arrives at a port, message by message. */
function arriving(port: MessagePort): () => Promise<Handed> {
  const [arrived, waiting]: [Handed[], Deferred<Handed>[]] = [[], []]
  port.on('message', (handed: Handed) => {
    const next = waiting.shift()
    if (next) next.resolve(handed)
    else arrived.push(handed)
  })
  return () => {
    const next = new Deferred<Handed>()
    const first = arrived.shift()
    if (first) next.resolve(first)
    else waiting.push(next)
    return next.promise
  }
}

async function answerTo({ section, shares, steps, seed, from, to }: FakeOrder): Promise<FakeAnswer> {
  const { share } = shares.dealt
  const exchange = new SharedExchange(shares)
  const handing = {
    ...(from ? { given: arriving(from) } : {}),
    ...(to
      ? {
          handOn: (outputs: Handed) => {
            to.postMessage(outputs)
          },
        }
      : {}),
  }
  try {
    const kept = await stepsOf(section, share, { steps, seed, exchange, ...handing })
    return new Map(savedParts(kept, section, shares.dealt))
  } catch (error) {
    if (error instanceof Stopped) return 'stopped'
    throw error
  } finally {
    from?.close()
    to?.close()
  }
}

parentPort?.on('message', (order: FakeOrder | typeof STOP) => {
  if (order === STOP) parentPort?.close()
  else void answerTo(order).then((answer) => parentPort?.postMessage(answer))
})

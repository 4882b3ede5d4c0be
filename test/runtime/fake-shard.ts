import { parentPort } from 'node:worker_threads'
import { SharedExchange, Stopped } from '../../runtime/workers/shards/shared-exchange.ts'
import { savedParts } from '../../runtime/workers/parts/saved-parts.ts'
import { STOP } from '../../runtime/workers/thread/stop.ts'
import { stepsOf } from './fake-graphs.ts'
import type { SavedPart, SharesPlan } from '../../runtime/workers/parts/messages.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** A worker whose graphs are fakes: does its share of a section, and tells what it keeps, or that it was stopped. */

export interface FakeOrder {
  readonly section: Section
  readonly shares: SharesPlan
  readonly steps: number
  readonly seed: number
}
export type FakeAnswer = ReadonlyMap<string, SavedPart> | 'stopped'

async function answerTo({ section, shares, steps, seed }: FakeOrder): Promise<FakeAnswer> {
  const { share } = shares.dealt
  const exchange = new SharedExchange(shares)
  try {
    return new Map(
      savedParts(await stepsOf(section, share, { steps, seed, exchange }), section, shares.dealt),
    )
  } catch (error) {
    if (error instanceof Stopped) return 'stopped'
    throw error
  }
}

parentPort?.on('message', (order: FakeOrder | typeof STOP) => {
  if (order === STOP) parentPort?.close()
  else void answerTo(order).then((answer) => parentPort?.postMessage(answer))
})

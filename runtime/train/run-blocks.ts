import { elements, type HostTensor } from '../values/tensor.ts'
import type { Range } from '../values/share.ts'
import type { StepValues } from './step-values.ts'
import type { Exchange } from './exchange.ts'
import type { GraphRuns } from './stages.ts'
import type { Graph } from '../../src/bundle/schema/graph.ts'
import type { SlidingValue } from '../values/sliding-value.ts'
import type { ValueStore } from '../values/value-store.ts'

/** What runs of a graph are done with. */
export interface RunsOf {
  readonly graph: Graph
  readonly session: GraphRuns
  /** The runs that are done here. */
  readonly turn: Range
  readonly values: StepValues
  readonly store: ValueStore
  /** Hears of what they make, of their place. */
  readonly give: (...made: Rest<Parameters<Exchange['give']>>) => void
}
type Rest<List extends unknown[]> = List extends [unknown, ...infer Others] ? Others : never

/** Runs a graph that changes values block by block. */
export async function runBlocks({ graph, session, turn, values, store, give }: RunsOf): Promise<void> {
  const { inputs, outputs } = graph
  const changed = outputs.map(({ updates, ...output }) => {
    if (updates === undefined) throw new Error(`${output.name} of ${graph.name} is no new value`)
    return { ...output, updates, slides: store.inBlocks(updates) }
  })
  const slides = new Set<SlidingValue>(changed.flatMap((output) => output.slides ?? []))
  const fixed = new Map(
    inputs
      .filter(({ block }) => block !== true)
      .map((input) => [input.name, values.feed(graph, input, turn.from)] as const),
  )
  const cut = inputs
    .filter(({ block }) => block === true)
    .map((input) => {
      const value = store.inBlocks(input.name)
      return { input, own: value && slides.has(value) ? value : undefined }
    })
  const order = Array.from({ length: turn.to - turn.from }, (_, i) => turn.from + i)
  const [first] = slides
  if (first?.fromFirst === false) order.reverse()
  for (const run of order) {
    const feeds: Record<string, HostTensor> = Object.fromEntries(fixed)
    for (const { input, own } of cut) {
      const { name, type, shape } = input
      feeds[name] = own
        ? { type, shape, data: own.block(run - turn.from).now }
        : values.feed(graph, input, run)
    }
    const results = changed.map(({ name, updates, type, shape, slides: own }) => {
      const result = own
        ? { type, shape, data: own.block(run - turn.from).next }
        : store.take({ type, shape })
      return { name, updates, isInPlace: own !== undefined, from: run * elements(shape), result }
    })
    await session.run(feeds, Object.fromEntries(results.map(({ name, result }) => [name, result])))
    for (const { updates, isInPlace, from, result } of results) {
      give(updates, from, result.data)
      if (!isInPlace) store.put(updates, from, result)
    }
  }
  for (const value of slides) value.slide()
}

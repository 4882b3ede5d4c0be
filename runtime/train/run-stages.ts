import { allocateUnfilled } from '../values/unfilled.ts'
import { elements, type HostTensor } from '../values/tensor.ts'
import { nameIn } from '../../src/bundle/shard-names.ts'
import { runBlocks, type RunsOf } from './run-blocks.ts'
import { StepValues } from './step-values.ts'
import type { Exchange } from './exchange.ts'
import type { ValueStore } from '../values/value-store.ts'
import type { Stage } from './stages.ts'
import type { Stopwatch } from './stopwatch.ts'
import type { Graph, GraphOutput } from '../../src/bundle/schema/graph.ts'

/** What the graphs of a section give others, by name; stacked where a run does several steps. */
export interface RunResults {
  readonly losses: Record<string, HostTensor>
  readonly logs: Record<string, HostTensor>
  readonly outputs: Record<string, HostTensor>
}

/** What the graphs of a section are run with. */
export interface RunInputs {
  /** What they are given from outside. */
  readonly external: ReadonlyMap<string, HostTensor>
  /** How many steps are stacked in what they take and give; undefined where nothing is stacked. */
  readonly steps?: number | undefined
  /** Where others do the rest of their runs. */
  readonly exchange?: Exchange | undefined
}

/** A new value of a parameter or state, or a part of it from element `from` on. */
interface NewValue {
  readonly name: string
  readonly from: number
  readonly value: HostTensor
}

const leaving = new Set<GraphOutput['role']>([
  'views',
  'features',
  'logits',
  'products',
  'gradient',
  'alignment',
])

/** Does the runs of each graph of a section, in their order, and renews the parameters and states in `store`. */
export async function runStages(
  stages: readonly Stage[],
  store: ValueStore,
  stopwatch: Stopwatch,
  { external, steps, exchange }: RunInputs,
): Promise<RunResults> {
  const results: RunResults = { losses: {}, logs: {}, outputs: {} }
  const values = new StepValues(external, store)
  const waiting: NewValue[] = []
  exchange?.begin(external)
  for (const [place, { graph, session, turn, drop, last }] of stages.entries()) {
    if (exchange) values.add(exchange.before(place, store))
    if (session) {
      const give: RunsOf['give'] = (...made) => exchange?.give(place, ...made)
      const runs = { graph, session, turn, values, store, give }
      if (graph.blocks !== undefined) await stopwatch.time(graph.name, () => runBlocks(runs))
      else
        for (const made of await runWhole(runs, stopwatch, results, steps))
          if (last.has(made.name)) store.put(made.name, made.from, made.value)
          else waiting.push(made)
    }
    exchange?.after(place)
    for (const name of drop) values.drop(name)
  }
  for (const { name, from, value } of waiting) store.put(name, from, value)
  exchange?.end(store)
  // What is not dropped is for others: a part of a section hands it on.
  for (const [name, activity] of values.activities) results.outputs[name] = activity
  return results
}

/** Runs a graph once, or once for each shard. Returns new values: all its runs read those before. */
async function runWhole(
  { graph, session, turn, values, store, give }: RunsOf,
  stopwatch: Stopwatch,
  { losses, logs, outputs }: RunResults,
  steps?: number,
): Promise<NewValue[]> {
  const changed: NewValue[] = []
  for (let run = turn.from; run < turn.to; run++) {
    const feeds = Object.fromEntries(
      graph.inputs.map((input) => [input.name, values.feed(graph, input, run)] as const),
    )
    const results = memoryFor(graph, store, steps)
    await stopwatch.time(graph.name, () => session.run(feeds, Object.fromEntries(results)))
    for (const output of graph.outputs) {
      const { name, role, updates, holds = [] } = output
      const value = results.get(name)
      if (!value) continue
      if (updates !== undefined) {
        const from = output.block ? run * elements(output.shape) : 0
        give(updates, from, value.data)
        changed.push({ name: updates, from, value })
      } else if (role === 'loss') losses[name] = value
      else if (role === 'log') logs[name] = value
      else if (role === 'scalars')
        for (const [place, held] of holds.entries())
          (held.role === 'loss' ? losses : logs)[held.name] = oneOf(value, place, holds.length)
      else if (role === 'activity') {
        const called = nameIn(output, run)
        give(called, 0, value.data)
        values.activities.set(called, value)
      } else if (leaving.has(role)) outputs[name] = value
    }
  }
  return changed
}

/** Memory for what a graph gives; that of new values is spare. */
function memoryFor({ outputs }: Graph, store: ValueStore, steps?: number): Map<string, HostTensor> {
  return new Map(
    outputs.map(({ name, updates, type, shape }) => [
      name,
      updates === undefined
        ? allocateUnfilled(type, steps === undefined ? shape : [steps, ...shape])
        : store.take({ type, shape }),
    ]),
  )
}

/** One of the numbers that an output holds, stacked as the output is. */
const oneOf = ({ shape, data }: HostTensor, place: number, count: number): HostTensor => ({
  type: 'float64',
  shape: shape.slice(0, -1),
  data: Float64Array.from({ length: data.length / count }, (_, step) => Number(data[step * count + place])),
})

import { UserError } from '../../src/base/error.ts'
import { discard } from '../session/discard.ts'
import { allocateUnfilled } from '../values/unfilled.ts'
import type { HostTensor } from '../values/tensor.ts'
import { runBlocks } from './run-blocks.ts'
import type { ValueStore } from '../values/value-store.ts'
import type { Stage } from './stages.ts'
import type { Stopwatch } from './stopwatch.ts'
import type { Graph, GraphOutput } from '../../src/bundle/schema/graph.ts'

/** What the graphs of a section give others, by name; stacked where a run does several steps. */
export interface RunResults {
  readonly losses: Readonly<Record<string, HostTensor>>
  readonly logs: Readonly<Record<string, HostTensor>>
  readonly outputs: Readonly<Record<string, HostTensor>>
}

const leaving = new Set<GraphOutput['role']>([
  'views',
  'features',
  'logits',
  'products',
  'gradient',
  'alignment',
])

/** Modules see whether they train, and may draw all the same; for features nobody draws, so that they are always the same. */
function lacking({ name: graph, inputs }: Graph, name: string): Error {
  if (inputs.find((input) => input.name === name)?.role !== 'draw')
    return new Error(`graph ${graph} needs ${name}`)
  return new UserError('ProgramError', `graph ${graph} draws '${name}' at random, where nothing is trained`, {
    help: 'Have the module draw in training alone, as dropout does: its scope says which it is, by `training`.',
  })
}

/**
 * Runs each graph of a section once, in their order, and renews the parameters and states in `store`.
 *
 * @param external what the graphs are given from outside
 * @param steps how many are stacked in what the graphs take and give; undefined where nothing is stacked
 */
export async function runStages(
  stages: readonly Stage[],
  store: ValueStore,
  stopwatch: Stopwatch,
  external: ReadonlyMap<string, HostTensor>,
  steps?: number,
): Promise<RunResults> {
  const losses: Record<string, HostTensor> = {}
  const logs: Record<string, HostTensor> = {}
  const outputs: Record<string, HostTensor> = {}
  const activities = new Map<string, HostTensor>()
  const waiting = new Map<string, HostTensor>()
  const given =
    (graph: Graph) =>
    (name: string): HostTensor => {
      const value = external.get(name) ?? store.get(name) ?? activities.get(name)
      if (!value) throw lacking(graph, name)
      return value
    }
  for (const { graph, session, drop, last } of stages) {
    if (graph.blocks !== undefined)
      await stopwatch.time(graph.name, () => runBlocks(graph, session, store, given(graph)))
    else {
      const feeds = Object.fromEntries(graph.inputs.map(({ name }) => [name, given(graph)(name)]))
      const results = memoryFor(graph, store, steps)
      await stopwatch.time(graph.name, () => session.run(feeds, Object.fromEntries(results)))
      for (const { name, role, updates, holds = [] } of graph.outputs) {
        const result = results.get(name)
        if (!result) continue
        if (updates !== undefined)
          if (last.has(updates)) store.replace(updates, result)
          else waiting.set(updates, result)
        else if (role === 'loss') losses[name] = result
        else if (role === 'log') logs[name] = result
        else if (role === 'scalars')
          for (const [place, held] of holds.entries())
            (held.role === 'loss' ? losses : logs)[held.name] = oneOf(result, place, holds.length)
        else if (role === 'activity') activities.set(name, result)
        else if (leaving.has(role)) outputs[name] = result
      }
    }
    for (const name of drop) {
      const dropped = activities.get(name)
      if (dropped) discard({ [name]: dropped })
      activities.delete(name)
    }
  }
  for (const [name, value] of waiting) store.replace(name, value)
  // What is not dropped is for others: a part of a section hands it on.
  for (const [name, activity] of activities) outputs[name] = activity
  return { losses, logs, outputs }
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

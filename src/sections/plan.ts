import { topological } from '../ir/walk.ts'
import { namesOf } from '../bundle/shard-names.ts'
import type { Binding } from '../ir/graph.ts'
import type { Graph, GraphInput, GraphOutput } from '../bundle/schema/graph.ts'
import type { Section } from '../bundle/schema/section.ts'

export type OutputPlan = Pick<GraphOutput, 'name' | 'role' | 'updates' | 'layer' | 'log' | 'of' | 'holds'>

/** One graph to emit: its bindings, with the role of each output. */
export interface GraphPlan {
  readonly name: string
  /** What names of graphs begin with that are taken out of this one. */
  readonly prefix?: string
  readonly description: string
  readonly inputs: readonly Binding[]
  readonly outputs: readonly (Binding & OutputPlan)[]
  readonly drop: readonly string[]
  /** Whether its losses, and what rules log, leave it as one output. */
  readonly together?: true
}

/** For each of the graphs that run one after the other, the names of inputs that those after it read. */
export function readLater(plans: readonly GraphPlan[]): ReadonlySet<string>[] {
  const last = new Map(plans.flatMap((plan, place) => readBy(plan).map((name) => [name, place] as const)))
  return plans.map((_, place) => new Set([...last].flatMap(([name, until]) => (until > place ? name : []))))
}

function readBy({ inputs, outputs }: GraphPlan): string[] {
  const bound = new Set(inputs.map(({ node }) => node))
  const used = new Set(
    topological(
      outputs.map(({ node }) => node),
      (node) => bound.has(node),
    ),
  )
  return inputs.flatMap(({ name, node }) => (used.has(node) ? name : []))
}

/** The same of a section of shards, whose graphs run in this order: each activity is dropped after its last reader. */
export function scheduledShards(
  graphs: readonly Pick<Graph, 'name' | 'inputs' | 'outputs'>[],
  shards: number,
): Section['schedule'] {
  const namesIn = (values: readonly Pick<GraphInput | GraphOutput, 'name' | 'role' | 'shard'>[]) =>
    values.flatMap((value) => (value.role === 'activity' ? namesOf(value, shards) : []))
  const last = new Map(
    graphs.flatMap(({ inputs, outputs }, place) =>
      [...namesIn(outputs), ...namesIn(inputs)].map((name) => [name, place] as const),
    ),
  )
  return graphs.map(({ name: graph }, place) => ({
    graph,
    drop: [...last].flatMap(([name, until]) => (until === place ? name : [])),
  }))
}

/** Each activity is dropped after the last of a plan's graphs that reads it: those it dropped, and what it handed on. */
export function scheduled(
  graphs: readonly Pick<Graph, 'name' | 'inputs' | 'outputs'>[],
  drop: readonly string[],
): Section['schedule'] {
  const [main, ...updates] = graphs
  const handed = updates.flatMap(({ inputs }) =>
    inputs.flatMap(({ name }) => (main?.outputs.some((output) => output.name === name) ? name : [])),
  )
  const dropped = new Set([...drop, ...handed])
  const left = new Set(dropped)
  const reversed = graphs.toReversed().map(({ name, inputs }, i) => {
    const mine = [...dropped].filter(
      (each) => left.has(each) && (i === graphs.length - 1 || inputs.some((input) => input.name === each)),
    )
    mine.forEach((each) => left.delete(each))
    return { graph: name, drop: mine }
  })
  return reversed.toReversed()
}

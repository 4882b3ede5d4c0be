import { StageBuilder } from './stage-builder.ts'
import { stagesOf, type Stages } from './stages.ts'
import type { Names } from './crossing-names.ts'
import type { Dealt, Own } from './deal.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

/** One stage of a step of shards. */
export interface StageGraph {
  readonly source: GraphSource
  /** The number of the stage; stages of other graphs that have the same one need not wait for each other. */
  readonly stage: number
  /** Whether every shard runs it. */
  readonly isOfShards: boolean
  /** Inputs and outputs of which each shard has its own. */
  readonly own: ReadonlySet<string>
  /** Inputs that are a shard's part of a parameter. */
  readonly blocks: ReadonlySet<string>
}

export interface CutOptions {
  readonly shards: number
  /** A shard makes again, for a later stage, what it made for an earlier one, rather than keep it. */
  readonly recompute: boolean
  readonly names: Names
}

/**
 * Cuts a graph of shards where they meet, into the graphs of its stages. What a graph reads of all shards, it is given as one
 * value of each, and joins or adds them itself, in their order.
 */
export function cutAtMeetings(
  { source, own }: Dealt,
  { shards, recompute, names }: CutOptions,
): StageGraph[] {
  const stages = stagesOf(source, ownInputs(source, own))
  const wanted = new Map<number, Set<Node>>()
  const graphs: StageGraph[] = []
  for (let stage = stages.last; stage >= 0; stage--) {
    const results = source.outputs.filter(({ node }) => stageOfOutput(stages, node) === stage)
    const handed = [...(wanted.get(stage) ?? [])].map((node) => ({ name: names.of(node), node }))
    if (results.length + handed.length === 0) continue
    const graph = new StageBuilder({ source, stage, stages, shards, recompute, names, rows: own.rows })
    const made = new Map([...handed, ...results].map(({ name, node }) => [name, node]))
    const outputs = [...made].map(([name, node]) => ({ name, node: graph.value(node) }))
    for (const [node, assigned] of graph.reads) {
      const others = wanted.get(assigned.stage) ?? new Set<Node>()
      wanted.set(assigned.stage, others.add(node))
    }
    const isOfShards = stage % 2 === 0
    graphs.unshift({
      source: { ...source, name: `${source.name}.${stage}`, inputs: graph.inputs, outputs },
      stage,
      isOfShards,
      own: new Set([...graph.own, ...(isOfShards ? outputs.map(({ name }) => name) : [])]),
      blocks: new Set(graph.inputs.flatMap(({ name, node }) => (own.blocks.has(node) ? [name] : []))),
    })
  }
  return graphs
}

const ownInputs = ({ inputs }: GraphSource, { index, blocks, rows }: Own): ReadonlySet<Node> =>
  new Set([index, ...blocks, ...inputs.flatMap(({ name, node }) => (rows.has(name) ? node : []))])

/** In which stage a node is done; of what each reader does for itself, before all. */
export const stageNumbers =
  (own: Own) =>
  (source: GraphSource): ((node: Node) => number) => {
    const { of } = stagesOf(source, ownInputs(source, own))
    return (node) => {
      const { by, stage } = of(node)
      return by === 'reader' ? 0 : stage
    }
  }

/** What leaves the step is made once, unless it is wanted of each shard. */
const stageOfOutput = ({ of, last }: Stages, node: Node): number =>
  of(node).by === 'reader' ? last : of(node).stage

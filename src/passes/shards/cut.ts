import { found } from '../../base/lists.ts'
import { freeName } from '../../base/free-name.ts'
import { like } from '../../ir/context.ts'
import { scopeName } from '../../ir/value-names.ts'
import { topological } from '../../ir/walk.ts'
import { shardName } from '../../bundle/shard-names.ts'
import { remake } from '../../ops/define.ts'
import { is } from '../../ops/is.ts'
import { input } from '../../ops/leaf.ts'
import { reshape, reshapeOp } from '../../ops/shape.ts'
import { unshaped } from '../rewrite/unshaped.ts'
import { joinShardsOp } from '../../ops/shards.ts'
import { added, joined } from './part.ts'
import { isMeeting, stagesOf, type Stages } from './stages.ts'
import type { Dealt } from './deal.ts'
import type { Assigned } from './assigned.ts'
import type { Binding, GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

/** One stage of a step of shards. */
export interface StageGraph {
  readonly source: GraphSource
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
}

/**
 * Cuts a graph of shards where they meet, into the graphs of its stages. What a graph reads of all shards, it is given as one
 * value of each, and joins or adds them itself, in their order.
 *
 */
export function cutAtMeetings(
  { source, index, blocks }: Dealt,
  { shards, recompute }: CutOptions,
): StageGraph[] {
  const stages = stagesOf(source, ownInputs({ index, blocks }))
  const names = new Names(source)
  const wanted = new Map<number, Set<Node>>()
  const graphs: StageGraph[] = []
  for (let stage = stages.last; stage >= 0; stage--) {
    const results = source.outputs.filter(({ node }) => stageOfOutput(stages, node) === stage)
    const handed = [...(wanted.get(stage) ?? [])].map((node) => ({ name: names.of(node), node }))
    if (results.length + handed.length === 0) continue
    const graph = new StageBuilder({ source, stage, stages, shards, recompute, names })
    const outputs = [...handed, ...results].map(({ name, node }) => ({ name, node: graph.value(node) }))
    for (const [node, assigned] of graph.reads) {
      const others = wanted.get(assigned.stage) ?? new Set<Node>()
      wanted.set(assigned.stage, others.add(node))
    }
    const isOfShards = stage % 2 === 0
    graphs.unshift({
      source: { ...source, name: `${source.name}.${stage}`, inputs: graph.inputs, outputs },
      isOfShards,
      own: new Set([...graph.own, ...(isOfShards ? outputs.map(({ name }) => name) : [])]),
      blocks: new Set(graph.inputs.flatMap(({ name, node }) => (blocks.has(node) ? [name] : []))),
    })
  }
  return graphs
}

type Own = Pick<Dealt, 'index' | 'blocks'>

const ownInputs = ({ index, blocks }: Own): ReadonlySet<Node> => new Set([index, ...blocks])

/** In which stage a node is done; of what each reader does for itself, before all. */
export const stageNumbers =
  (own: Own) =>
  (source: GraphSource): ((node: Node) => number) => {
    const { of } = stagesOf(source, ownInputs(own))
    return (node) => {
      const { by, stage } = of(node)
      return by === 'reader' ? 0 : stage
    }
  }

/** What leaves the step is made once, unless it is wanted of each shard. */
const stageOfOutput = ({ of, last }: Stages, node: Node): number =>
  of(node).by === 'reader' ? last : of(node).stage

/** What values are called that cross. */
class Names {
  private readonly taken: Set<string>
  private readonly known = new Map<Node, string>()

  constructor({ inputs, outputs }: GraphSource) {
    this.taken = new Set([...inputs, ...outputs].map(({ name }) => name))
  }

  of(node: Node): string {
    const name =
      this.known.get(node) ?? freeName(`${scopeName(node)}.${node.op.name}`, (each) => this.taken.has(each))
    this.taken.add(name)
    this.known.set(node, name)
    return name
  }
}

interface Stage {
  readonly source: GraphSource
  readonly stage: number
  readonly stages: Stages
  readonly shards: number
  readonly recompute: boolean
  readonly names: Names
}

/** The graph of one stage, which grows with what is asked of it. */
class StageBuilder {
  readonly inputs: Binding[] = []
  readonly own = new Set<string>()
  /** What it is given of other stages. */
  readonly reads = new Map<Node, Assigned>()
  private readonly made = new Map<Node, Node>()
  private readonly given: ReadonlyMap<Node, string>
  private readonly step: Stage

  constructor(step: Stage) {
    this.step = step
    this.given = new Map(step.source.inputs.map(({ node, name }) => [node, name]))
  }

  value(wanted: Node): Node {
    for (const node of topological([wanted], (each) => this.made.has(each) || !this.isMadeHere(each)))
      if (!this.made.has(node))
        this.made.set(
          node,
          like(node, () => this.make(node)),
        )
    return found(this.made, wanted, wanted.op.name)
  }

  private isMadeHere(node: Node): boolean {
    const { by, stage } = this.step.stages.of(node)
    if (this.given.has(node)) return false
    if (by === 'reader') return !this.isOfShards(node)
    // As a result of a graph, a reshape would copy.
    const isAgain = is(node, reshapeOp) || (this.step.recompute && by === 'shards')
    return stage === this.step.stage || isAgain
  }

  /** Whether shards meet in it. */
  private isOfShards(node: Node): boolean {
    const [part] = node.inputs
    return isMeeting(node) && part !== undefined && this.step.stages.of(part).by === 'shards'
  }

  private make(node: Node): Node {
    const name = this.given.get(node)
    if (name !== undefined) return this.take(name, node)
    if (this.isMadeHere(node) && !isMeeting(node))
      return remake(
        node,
        node.inputs.map((each) => found(this.made, each, each.op.name)),
      )
    if (!isMeeting(node)) return this.read(node)
    const [part] = node.inputs
    if (!part) throw new Error(`${node.op.name} lost its operand`)
    if (is(node, joinShardsOp)) return joined(this.partsOf(node, part), node.attributes)
    const bare = unshaped(part, (each) => this.isMadeOfShards(each))
    return added(this.partsOf(node, bare).map((each) => reshape(each, node.shape)))
  }

  private isMadeOfShards(node: Node): boolean {
    return !this.given.has(node) && this.step.stages.of(node).by === 'shards'
  }

  /** Values of all shards. */
  private partsOf(node: Node, part: Node): Node[] {
    const { shards, stages, names } = this.step
    const numbers = Array.from({ length: shards }, (_, i) => i)
    if (!this.isOfShards(node)) return numbers.map(() => found(this.made, part, part.op.name))
    this.reads.set(part, stages.of(part))
    return numbers.map((shard) =>
      this.take(
        shardName(names.of(part), shard),
        input('activity', shardName(names.of(part), shard), part.dtype, part.shape),
      ),
    )
  }

  private read(node: Node): Node {
    const { stages, names } = this.step
    const assigned = stages.of(node)
    this.reads.set(node, assigned)
    const name = names.of(node)
    if (assigned.by === 'shards') this.own.add(name)
    return this.take(name, input('activity', name, node.dtype, node.shape))
  }

  private take(name: string, node: Node): Node {
    const known = this.inputs.find((each) => each.name === name)
    if (known && String(known.node.shape) !== String(node.shape))
      throw new Error(`'${name}' is read whole and in parts`)
    if (known) return known.node
    this.inputs.push({ name, node })
    return node
  }
}

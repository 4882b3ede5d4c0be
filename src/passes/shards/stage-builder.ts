import { found } from '../../base/lists.ts'
import { like } from '../../ir/context.ts'
import { sameShape } from '../../base/type.ts'
import { topological } from '../../ir/walk.ts'
import { shardName } from '../../bundle/shard-names.ts'
import { remake } from '../../ops/define.ts'
import { is } from '../../ops/is.ts'
import { input } from '../../ops/leaf.ts'
import { reshape, reshapeOp } from '../../ops/shape.ts'
import { joinShardsOp } from '../../ops/shards.ts'
import { unshaped } from '../rewrite/unshaped.ts'
import { added, joined } from './part.ts'
import { isMeeting, type Stages } from './stages.ts'
import type { Names } from './crossing-names.ts'
import type { Assigned } from './assigned.ts'
import type { Binding, GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

export interface Stage {
  readonly source: GraphSource
  readonly stage: number
  readonly stages: Stages
  readonly shards: number
  readonly recompute: boolean
  readonly names: Names
  /** Inputs that are a shard's rows of what another graph made, by name. */
  readonly rows: ReadonlySet<string>
}

/** The graph of one stage, which grows with what is asked of it. */
export class StageBuilder {
  private readonly taken = new Map<string, Node>()
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

  get inputs(): Binding[] {
    return [...this.taken].map(([name, node]) => ({ name, node }))
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
    if (name !== undefined) return this.takeGiven(name, node)
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
    const given = this.given.get(part)
    if (given === undefined) this.reads.set(part, stages.of(part))
    return numbers.map((shard) => {
      const name = shardName(given ?? names.of(part), shard)
      return this.take(name, input('activity', name, part.dtype, part.shape))
    })
  }

  private takeGiven(name: string, node: Node): Node {
    if (this.step.rows.has(name)) this.own.add(name)
    return this.take(name, node)
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
    const known = this.taken.get(name)
    if (known && !sameShape(known.shape, node.shape)) throw new Error(`'${name}' is read whole and in parts`)
    if (known) return known
    this.taken.set(name, node)
    return node
  }
}

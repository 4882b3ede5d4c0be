import { found } from '../../base/lists.ts'
import { elements } from '../../base/type.ts'
import { topological } from '../../ir/walk.ts'
import { is } from '../../ops/is.ts'
import { isLoop } from '../../ops/loop.ts'
import { addShardsOp, joinShardsOp } from '../../ops/shards.ts'
import { isSpread } from './spread.ts'
import { later } from './later.ts'
import type { Assigned } from './assigned.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

/** When what a graph of shards computes is computed, and by whom. */
export interface Stages {
  readonly of: (node: Node) => Assigned
  /** The last one, in which what is left is done once. */
  readonly last: number
}

/** What every reader makes for itself of values of all shards: no more than this. */
const LITTLE = { elements: 2 ** 18, work: 2 ** 16 }

/** Of what is computed of inputs and constants. */
const BEFORE_ALL = -2

export const isMeeting = (node: Node): boolean => is(node, joinShardsOp) || is(node, addShardsOp)

/** Whether each reader makes it: to take it from another would cost as much. */
function isLittle(node: Node): boolean {
  const work = node.op.traits.work(node)
  if (isLoop(node)) return false
  return work === 0 || isSpread(node) || (elements(node.shape) <= LITTLE.elements && work <= LITTLE.work)
}

/** @param own inputs of which each shard has its own */
export function stagesOf(source: GraphSource, own: ReadonlySet<Node>): Stages {
  const bound = new Set(source.inputs.map(({ node }) => node))
  const roots = source.outputs.map(({ node }) => node)
  const order = topological(roots, (node) => bound.has(node))
  const assigned = new Map<Node, Assigned>()
  const of = (node: Node) => found(assigned, node, node.op.name)
  for (const node of order)
    assigned.set(node, own.has(node) ? { by: 'shards', stage: 0 } : soonest(node, node.inputs.map(of)))
  const last = Math.max(1, ...order.map((node) => knownIn(of(node))))
  const isFixed = (node: Node) => bound.has(node)
  for (const [node, stage] of later(order, { of, last, roots, isFixed }))
    assigned.set(node, { ...of(node), stage })
  return { of, last }
}

/** The first stage in which a graph that is run once may read it. */
const knownIn = ({ by, stage }: Assigned): number => (by === 'one' ? stage : stage + 1)

function soonest(node: Node, inputs: readonly Assigned[]): Assigned {
  const latest = (by: Assigned['by']) =>
    Math.max(BEFORE_ALL, ...inputs.flatMap((each) => (each.by === by ? each.stage : [])))
  const [own, once, read] = [latest('shards'), latest('one'), latest('reader')]
  if (isMeeting(node) && own > BEFORE_ALL) return { by: 'reader', stage: own }
  if (own > BEFORE_ALL) return { by: 'shards', stage: Math.max(own, once + 1, read + 2) }
  const isFree = read === BEFORE_ALL || isLittle(node)
  return once === BEFORE_ALL && isFree
    ? { by: 'reader', stage: read }
    : { by: 'one', stage: Math.max(once, read + 1) }
}

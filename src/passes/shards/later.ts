import { found } from '../../base/lists.ts'
import { bytesOf } from '../../ir/budget.ts'
import { isLoop } from '../../ops/loop.ts'
import { elements } from '../../base/type.ts'
import type { Node } from '../../ir/node.ts'
import type { Assigned } from './assigned.ts'

interface Soonest {
  readonly of: (node: Node) => Assigned
  readonly last: number
  readonly roots: readonly Node[]
  readonly isFixed: (node: Node) => boolean
}

/**
 * What is better made later than as soon as it can be: what is made once, as late as its readers allow, so that fewer
 * graphs do it; and of what shards make, what is read later only and would be more to keep than what it is made of.
 *
 * @param order operands before users
 */
export function later(
  order: readonly Node[],
  { of, last, roots, isFixed }: Soonest,
): ReadonlyMap<Node, number> {
  const moved = new Map<Node, number>()
  const stageOf = (node: Node) => moved.get(node) ?? of(node).stage
  const readers = new Map<Node, Node[]>(order.map((node) => [node, []]))
  for (const node of order) for (const each of node.inputs) found(readers, each, each.op.name).push(node)
  const results = new Set(roots)
  /** The latest stage in which a reader finds it, of a node that is made in this way. */
  const allowed = (node: Node): number => {
    const limits = found(readers, node, node.op.name).map((reader): number => {
      const { by } = of(reader)
      if (by === 'reader') return of(node).stage
      return by === of(node).by ? stageOf(reader) : stageOf(reader) - 1
    })
    return Math.min(last, ...limits)
  }
  for (const node of order.toReversed()) {
    const { by, stage } = of(node)
    if (isFixed(node) || by === 'reader' || node.op.selects === true || isLoop(node)) continue
    const until = allowed(node)
    if (until <= stage) continue
    if (by === 'one') moved.set(node, until)
    else if (!results.has(node) && isLight(node) && isMoreToKeep(node, until)) moved.set(node, until)
  }
  return moved

  /** Whether to keep it takes at least what its operands take that would be kept for it. */
  function isMoreToKeep(node: Node, until: number): boolean {
    const kept = node.inputs.filter((each) => {
      if (isFixed(each) || of(each).by !== 'shards') return false
      return !found(readers, each, each.op.name).some((reader) => reader !== node && stageOf(reader) >= until)
    })
    return kept.reduce((sum, each) => sum + bytesOf(each), 0) <= bytesOf(node)
  }
}

/** What moves or scales numbers. */
const isLight = (node: Node): boolean => node.op.traits.work(node) <= 4 * elements(node.shape)

import { elements } from '../../base/type.ts'
import { topological } from '../../ir/walk.ts'
import { broadcastOp, reshapeOp } from '../../ops/shape.ts'
import { is } from '../../ops/is.ts'
import { isBinary, isUnary } from '../../ops/traits.ts'
import { uniformValue } from '../simplify/constants.ts'
import type { Node } from '../../ir/node.ts'

/** Nodes do not change, and are asked for again and again. */
const known = new WeakMap<Node, boolean>()

/**
 * Whether a value is a smaller one again and again, as gradients of sums and means are: for fewer rows there is no need to
 * have it for all.
 */
export function isSpread(wanted: Node): boolean {
  for (const node of topological([wanted], (each) => known.has(each)))
    if (!known.has(node)) known.set(node, spreads(node))
  return known.get(wanted) === true
}

/** Of a node whose operands are known. */
function spreads(node: Node): boolean {
  const isKnown = (each: Node) => known.get(each) === true
  if (is(node, broadcastOp)) return true
  if (is(node, reshapeOp) || isUnary(node)) return node.inputs.every(isKnown)
  const fits = (each: Node) =>
    elements(each.shape) < elements(node.shape) || uniformValue(each) !== undefined || isKnown(each)
  return isBinary(node) && node.inputs.every(fits)
}

import { elements } from '../../base/type.ts'
import { broadcastOp, reshapeOp } from '../../ops/shape.ts'
import { is } from '../../ops/is.ts'
import { isBinary, isUnary } from '../../ops/traits.ts'
import { uniformValue } from '../simplify/constants.ts'
import type { Node } from '../../ir/node.ts'

/**
 * Whether a value is a smaller one again and again, as gradients of sums and means are: for fewer rows there is no need to
 * have it for all.
 */
export function isSpread(node: Node): boolean {
  if (is(node, broadcastOp)) return true
  if (is(node, reshapeOp) || isUnary(node)) return node.inputs.every(isSpread)
  return (
    isBinary(node) &&
    node.inputs.every(
      (each) =>
        elements(each.shape) < elements(node.shape) || uniformValue(each) !== undefined || isSpread(each),
    )
  )
}

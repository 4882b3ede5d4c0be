import { operandsOf } from '../../ops/is.ts'
import { reshapeOp } from '../../ops/shape.ts'
import type { Node } from '../../ir/node.ts'

/**
 * The same numbers in the same order, behind reshapes: as a result of a graph or of a loop's body, a reshape would copy them.
 *
 * @param isKnown whether an operand of a reshape may stand for it
 */
export function unshaped(node: Node, isKnown: (x: Node) => boolean): Node {
  const [x] = operandsOf(node, reshapeOp)
  return x && isKnown(x) ? unshaped(x, isKnown) : node
}

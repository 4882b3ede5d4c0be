import { fourAxes } from '../../base/shapes.ts'
import { elements, sameShape } from '../../base/type.ts'
import { remake } from '../../ops/define.ts'
import { mulOp } from '../../ops/elementwise.ts'
import { is } from '../../ops/is.ts'
import { reshape } from '../../ops/shape.ts'
import { reluOp } from '../../ops/unary.ts'
import { mulSpread } from './pooling.ts'
import { isMaps, rowsValue, type Value } from './value.ts'
import type { Node } from '../../ir/node.ts'

/** Element by element, rows stay rows. */

export function unaryRows(node: Node, x: Value): Value {
  const { biased } = x.known ?? {}
  const known = is(node, reluOp) && biased ? { rectified: biased } : undefined
  return rowsValue(() => remake(node, [x.rows()]), node.shape, known)
}

/** One operand that broadcasts against rows; undefined where it does not. */
function against(operand: Value, shape: readonly number[]): (() => Node) | undefined {
  const [images, channels] = fourAxes(shape)
  if (isMaps(operand) && sameShape(operand.shape, shape)) return operand.rows
  if (elements(operand.shape) === 1) return () => reshape(operand.plain(), [])
  const padded = [...new Array<number>(4 - operand.shape.length).fill(1), ...operand.shape]
  if (sameShape(padded, [1, channels, 1, 1])) return () => reshape(operand.plain(), [channels])
  if (sameShape(padded, [images, channels, 1, 1]))
    return () => reshape(operand.plain(), [1, images, channels])
  return undefined
}

export function binaryRows(node: Node, operands: readonly [Value, Value]): Value | undefined {
  const [a, b] = operands
  if (is(node, mulOp) && sameShape(a.shape, b.shape)) {
    if (a.known?.spread) return rowsValue(mulSpread(b, a.known.spread), node.shape)
    if (b.known?.spread) return rowsValue(mulSpread(a, b.known.spread), node.shape)
  }
  const rows = operands.map((operand) => against(operand, node.shape))
  if (rows.some((each) => each === undefined)) return undefined
  return rowsValue(
    () =>
      remake(
        node,
        rows.flatMap((each) => (each ? [each()] : [])),
      ),
    node.shape,
  )
}

import { fourAxes } from '../../base/shapes.ts'
import { elements, sameShape } from '../../base/type.ts'
import { remake } from '../../ops/define.ts'
import { mulOp } from '../../ops/elementwise.ts'
import { is } from '../../ops/is.ts'
import { reshape } from '../../ops/shape.ts'
import { reluOp } from '../../ops/unary.ts'
import { mulSpread } from './pooling.ts'
import { isMaps, pixelMajorValue, type LayoutValue } from './layout-value.ts'
import type { Node } from '../../ir/node.ts'

/** Element by element, rows stay rows. */

export function unaryPixelMajor(node: Node, x: LayoutValue): LayoutValue {
  const { biased } = x.known ?? {}
  const known = is(node, reluOp) && biased ? { rectified: biased } : undefined
  return pixelMajorValue(() => remake(node, [x.pixelMajor()]), node.shape, known)
}

/** One operand that broadcasts against rows; undefined where it does not. */
function against(operand: LayoutValue, shape: readonly number[]): (() => Node) | undefined {
  const [images, channels] = fourAxes(shape)
  if (isMaps(operand) && sameShape(operand.shape, shape)) return operand.pixelMajor
  if (elements(operand.shape) === 1) return () => reshape(operand.plain(), [])
  const padded = [...new Array<number>(4 - operand.shape.length).fill(1), ...operand.shape]
  if (sameShape(padded, [1, channels, 1, 1])) return () => reshape(operand.plain(), [channels])
  if (sameShape(padded, [images, channels, 1, 1]))
    return () => reshape(operand.plain(), [1, images, channels])
  return undefined
}

export function binaryPixelMajor(
  node: Node,
  operands: readonly [LayoutValue, LayoutValue],
): LayoutValue | undefined {
  const [a, b] = operands
  if (is(node, mulOp) && sameShape(a.shape, b.shape)) {
    if (a.known?.spread) return pixelMajorValue(mulSpread(b, a.known.spread), node.shape)
    if (b.known?.spread) return pixelMajorValue(mulSpread(a, b.known.spread), node.shape)
  }
  const rows = operands.map((operand) => against(operand, node.shape))
  if (rows.some((each) => each === undefined)) return undefined
  return pixelMajorValue(
    () =>
      remake(
        node,
        rows.flatMap((each) => (each ? [each()] : [])),
      ),
    node.shape,
  )
}

import { sizeOf } from '../../base/shapes.ts'
import { elements } from '../../base/type.ts'
import { bytesOf } from '../../ir/budget.ts'
import { sub } from '../../ops/elementwise.ts'
import { constant, filled } from '../../ops/leaf.ts'
import { matmul } from '../../ops/matmul.ts'
import { reshape } from '../../ops/shape.ts'
import { isZero, notNegative } from '../../ops/step.ts'
import { heaviside, relu } from '../../ops/unary.ts'
import type { Node } from '../../ir/node.ts'

/** [first axis, all others] */
const flat = (x: Node): Node => reshape(x, [sizeOf(x.shape, 0), elements(x.shape.slice(1))])

/**
 * 1 for the first of a tile's pixels, the leading axis of `phases`, that equals its maximum, else 0. Where that is too much to
 * be kept for the gradient, it is made of one number for each tile.
 */
export function isFirstMaximum(phases: Node, maxima: Node, mostKept: number): Node {
  const hits = flat(notNegative(sub(phases, maxima)))
  const isKept = bytesOf(phases) <= mostKept
  return reshape(isKept ? firstHits(hits) : hitsAt(firstHit(hits), hits), phases.shape)
}

/** A hit minus the number of those before it is 1 for the first and at most 0 for all others. */
function firstHits(hits: Node): Node {
  const count = sizeOf(hits.shape, 0)
  const earlier = Array.from({ length: count * count }, (_, i) => {
    const [row, column] = [Math.floor(i / count), i % count]
    return row === column ? 1 : column < row ? -1 : 0
  })
  return relu(matmul(constant(hits.dtype, [count, count], earlier), hits))
}

/**
 * The number of the first hit, [1, …]. Hits are the digits of a binary number, the first one's the highest: the first is as far
 * below the highest as there are powers of two that the number does not reach.
 */
function firstHit(hits: Node): Node {
  const count = sizeOf(hits.shape, 0)
  const powers = Array.from({ length: count }, (_, i) => 2 ** (count - 1 - i))
  const number = matmul(constant(hits.dtype, [1, count], powers), hits)
  const beyond = heaviside(sub(constant(hits.dtype, [count - 1, 1], powers.slice(0, -1)), number))
  return matmul(filled(hits.dtype, [1, count - 1], 1), beyond)
}

const hitsAt = (number: Node, { dtype, shape }: Node): Node => {
  const count = sizeOf(shape, 0)
  return isZero(
    sub(
      number,
      constant(
        dtype,
        [count, 1],
        Array.from({ length: count }, (_, i) => i),
      ),
    ),
  )
}

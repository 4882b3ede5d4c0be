import { binary, ternary, unary } from '../../ops/arity.ts'
import { cast, castOp } from '../../ops/cast.ts'
import { remake } from '../../ops/define.ts'
import { greater, mulOp, where } from '../../ops/elementwise.ts'
import { is } from '../../ops/is.ts'
import { scalar } from '../../ops/leaf.ts'
import { maxPoolGradientOp } from '../../ops/pool.ts'
import { reshapeOp, transposeOp } from '../../ops/shape.ts'
import { heavisideOp } from '../../ops/unary.ts'
import { like } from '../../ir/context.ts'
import { whyByPlace } from '../legalise/pool.ts'
import type { Node } from '../../ir/node.ts'

/** What float32 holds of a float16 value, as that; undefined of other values. */
export const widened = (x: Node): Node | undefined =>
  is(x, castOp) && x.dtype === 'float32' && unary(x).dtype === 'float16' ? unary(x) : undefined

/** Where a factor that is 0 or 1 is 1; undefined of other factors. */
function chosenBy(factor: Node): Node | undefined {
  if (is(factor, castOp) && unary(factor).dtype === 'bool') return unary(factor)
  if (!is(factor, heavisideOp)) return undefined
  const x = widened(unary(factor)) ?? unary(factor)
  return greater(x, scalar(x.dtype, 0))
}

/** A gradient times a mask: chosen, as what is too large for float16 would give NaN times 0. */
function masked([a, b]: readonly [Node, Node]): Node | undefined {
  const [byB, byA] = [chosenBy(b), chosenBy(a)]
  if (byB) return where(byB, rounded(a), scalar('float16', 0))
  return byA && where(byA, rounded(b), scalar('float16', 0))
}

/**
 * A float32 value rounded to float16. What only moves numbers, or leaves some out, is done in float16 on rounded
 * operands: the same bits, of half the bytes.
 */
export function rounded(x: Node): Node {
  const known = widened(x)
  if (known) return known
  return like(x, () => roundedBefore(x) ?? cast(x, 'float16'))
}

function roundedBefore(x: Node): Node | undefined {
  if (is(x, mulOp)) return masked(binary(x))
  if (is(x, reshapeOp) || is(x, transposeOp)) return remake(x, [rounded(unary(x))])
  // By phase nothing is added.
  if (is(x, maxPoolGradientOp) && whyByPlace(x) === undefined) {
    const [maps, pooled, gradient] = ternary(x)
    const [narrow, narrowPooled] = [widened(maps), widened(pooled)]
    return narrow && narrowPooled && remake(x, [narrow, narrowPooled, rounded(gradient)])
  }
  return undefined
}

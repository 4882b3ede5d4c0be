import * as reduce from '../../ops/reduce.ts'
import { reshape } from '../../ops/shape.ts'
import { argumentsOf, type Axes } from './axes.ts'
import { Elementwise } from './elementwise.ts'
import type { Node } from '../../ir/node.ts'

/**
 * Sums and their like over axes, one after the other: `x.mean(2, 3)`; none means all, which gives one number, `[]`. The
 * reduced axes leave the shape, or stay with size 1: `x.mean(1, { keepDims: true })` broadcasts against x.
 *
 * @throws UserError ('TraceError') for an axis that there is not, or an option, ('ShapeError') where the elements are no
 * real numbers, where an axis is named twice, and for a mean or a largest of no elements.
 */
export abstract class Reductions<Self> extends Elementwise<Self> {
  sum(...axes: Axes): Self {
    return this.made(reduced('sum', reduce.sum, this.node, axes))
  }
  mean(...axes: Axes): Self {
    return this.made(reduced('mean', reduce.mean, this.node, axes))
  }
  /** The largest element; several that are equal share its gradient evenly. */
  amax(...axes: Axes): Self {
    return this.made(reduced('amax', reduce.max, this.node, axes))
  }
  /** log Σ exp(x), without overflow. */
  logSumExp(...axes: Axes): Self {
    return this.made(reduced('logSumExp', reduce.logSumExp, this.node, axes))
  }
}

/**
 * The axes are put back by a reshape, which moves nothing: passes cut reductions into slices that drop their axes, and
 * rules that reshape by hand compile to the same graphs.
 */
function reduced(method: string, op: (x: Node, axes: readonly number[]) => Node, x: Node, given: Axes): Node {
  const { axes, keepDims } = argumentsOf(x, method, given)
  const result = op(x, axes)
  return keepDims
    ? reshape(
        result,
        x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)),
      )
    : result
}

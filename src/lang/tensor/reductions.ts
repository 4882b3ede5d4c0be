import { argumentsOf, type Axes } from './axes.ts'
import * as reduce from '../../ops/reduce.ts'
import { Elementwise } from './elementwise.ts'

/**
 * Sums and their like over axes, one after the other: `x.mean(2, 3)`; none means all, which gives one number, `[]`. The
 * reduced axes leave the shape, or stay with size 1: `x.mean(1, { keepDims: true })` broadcasts against x.
 *
 * @throws UserError ('TraceError') for an axis that there is not, or an option, ('ShapeError') where the elements are no
 * real numbers, where an axis is named twice, and for a mean or a largest of no elements.
 */
export abstract class Reductions<Self> extends Elementwise<Self> {
  sum(...axes: Axes): Self {
    return this.made(reduce.sum(this.node, ...argumentsOf(this.node, 'sum', axes)))
  }
  mean(...axes: Axes): Self {
    return this.made(reduce.mean(this.node, ...argumentsOf(this.node, 'mean', axes)))
  }
  /** The largest element; several that are equal share its gradient evenly. */
  amax(...axes: Axes): Self {
    return this.made(reduce.max(this.node, ...argumentsOf(this.node, 'amax', axes)))
  }
  /** log Σ exp(x), without overflow. */
  logSumExp(...axes: Axes): Self {
    return this.made(reduce.logSumExp(this.node, ...argumentsOf(this.node, 'logSumExp', axes)))
  }
}

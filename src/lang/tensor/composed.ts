import { sameShape } from '../../base/type.ts'
import { dtypes, type DType } from '../../base/dtype.ts'
import * as composed from '../../ops/composed.ts'
import { reshape } from '../../ops/shape.ts'
import { topPlaces } from '../../ops/top.ts'
import { argument } from '../check.ts'
import { oneOf, positive } from '../kinds.ts'
import { axisOf, misuse, wholeFor } from '../operands.ts'
import { argumentsOf, type Axes } from './axes.ts'
import { Layout } from './layout.ts'
import { tensorOperand } from './symbolic.ts'

const aType = oneOf(...dtypes)

/** Functions of several elements, such as softmax, and elements picked by place. */
export abstract class Composed<Self> extends Layout<Self> {
  /** exp(x) / Σ exp(x) along an axis, without overflow. */
  softmax(axis: number): Self {
    return this.made(composed.softmax(this.node, axisOf(this.node, axis)))
  }
  /** The logarithm of `softmax`. */
  logSoftmax(axis: number): Self {
    return this.made(composed.logSoftmax(this.node, axisOf(this.node, axis)))
  }
  /** The Euclidean norm √Σ x² over axes, as reductions take them; at 0 its gradient is 0. */
  norm(...axes: Axes): Self {
    const { axes: over, keepDims } = argumentsOf(this.node, 'norm', axes)
    const norm = composed.norm(this.node, over)
    const kept = this.shape.map((size, axis) => (over.includes(axis) ? 1 : size))
    return this.made(keepDims ? reshape(norm, kept) : norm)
  }
  /**
   * x · y / (|x| |y|) along an axis, of a tensor with as many axes that broadcasts; lengths below `eps` count as `eps`.
   *
   * @throws UserError ('TraceError') where the other has another number of axes, or eps is not above 0.
   */
  cosineSimilarity(other: Self, axis = 1, eps = 1e-8): Self {
    const right = tensorOperand(this.node, 'compare', other)
    if (right.shape.length !== this.shape.length)
      throw misuse(
        this.node,
        `cannot be compared along an axis with one of ${right.shape.length} axes`,
        'give both as many: reshape one of them',
      )
    argument('cosineSimilarity', 'eps', positive, eps, { kind: 'TraceError' })
    return this.made(composed.cosineSimilarity(this.node, right, axisOf(this.node, axis), eps))
  }
  /**
   * Classes, int64 of any shape, as [… , count]: 1 at the class, 0 elsewhere; a class that is not below `count` is 0
   * everywhere.
   */
  oneHot(count: number, dtype: DType = 'float32'): Self {
    if (this.dtype !== 'int64') throw misuse(this.node, 'has no classes', "convert it first: .cast('int64')")
    wholeFor(this.node, 'oneHot', [count], 1)
    return this.made(
      composed.oneHot(this.node, count, argument('oneHot', 'dtype', aType, dtype, { kind: 'TraceError' })),
    )
  }
  /**
   * Along an axis, the elements at int64 places, which have this tensor's shape but for that axis; 0 where a place is beyond
   * it. Of real numbers alone.
   *
   * @throws UserError ('TraceError') where the places have another shape or type.
   */
  gather(axis: number, places: Self): Self {
    const [along, asked] = [axisOf(this.node, axis), tensorOperand(this.node, 'gather by', places)]
    const others = (shape: readonly number[]) => shape.filter((_, i) => i !== along)
    const fits =
      asked.shape.length === this.shape.length && sameShape(others(asked.shape), others(this.shape))
    if (asked.dtype !== 'int64' || !fits)
      throw misuse(
        this.node,
        `cannot gather along axis ${along} by ${asked.dtype}[${asked.shape.join(', ')}]`,
        'give int64 places of its shape in all other axes; rows() picks whole rows',
      )
    return this.made(composed.gatherAlong(this.node, asked, along))
  }
  /** The `count` largest elements along an axis, the largest first; each of them gets its gradient. */
  topK(count: number, axis = -1): Self {
    const along = axisOf(this.node, axis)
    wholeFor(this.node, 'topK', [count], 1)
    return this.made(composed.gatherAlong(this.node, topPlaces(this.node, count, along), along))
  }
  /**
   * Maps [rows, channels, height, width] read between pixels, bilinearly, at the points of a grid [rows, out height,
   * out width, 2] of (x, y), where -1 and 1 are the outer edges of the border pixels; zeros lie around the map. It takes
   * memory for as many numbers as there are points times pixels.
   *
   * @throws UserError ('TraceError') where this is no map, or the grid does not fit it.
   */
  gridSample(grid: Self): Self {
    const points = tensorOperand(this.node, 'read by', grid)
    const fits = points.shape.length === 4 && points.shape[3] === 2 && points.shape[0] === this.shape[0]
    if (this.shape.length !== 4 || !fits || points.dtype !== this.dtype)
      throw misuse(
        this.node,
        `cannot be read at the points of ${points.dtype}[${points.shape.join(', ')}]`,
        'maps [rows, channels, height, width] take a grid [rows, out height, out width, 2] of their type',
      )
    return this.made(composed.sampled(this.node, points))
  }
}

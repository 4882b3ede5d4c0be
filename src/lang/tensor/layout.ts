import { elements } from '../../base/type.ts'
import * as gathers from '../../ops/gather.ts'
import * as shapes from '../../ops/shape.ts'
import { pad, slice } from '../../ops/slice.ts'
import { axisOf, misuse, wholeFor } from '../operands.ts'
import { Reductions } from './reductions.ts'
import { tensorOperand } from './symbolic.ts'

/**
 * Methods that put the same elements elsewhere. Sizes and axes are numbers one after the other; what is no whole number,
 * or does not fit the shape, is a UserError ('TraceError' or 'ShapeError').
 */
export abstract class Layout<Self> extends Reductions<Self> {
  /** Another shape of as many elements, in the order of memory; one size may be -1: it follows from the others. */
  reshape(...shape: number[]): Self {
    wholeFor(this.node, 'reshape', shape, -1)
    const missing = elements(this.shape) / elements(shape.filter((size) => size !== -1))
    const open = shape.filter((size) => size === -1).length
    if (open > 1 || (open === 1 && !Number.isInteger(missing)))
      throw misuse(
        this.node,
        `of ${elements(this.shape)} elements does not reshape to [${shape.join(', ')}]`,
        'one size may be -1, and the others must divide the number of elements',
      )
    const whole = shape.map((size) => (size === -1 ? missing : size))
    return this.made(shapes.reshape(this.node, whole))
  }
  /** Folds the axes from `first` to `last`, both included, into one: `flatten(1)` gives [rows, features]. */
  flatten(first = 0, last = -1): Self {
    if (this.shape.length === 0) return this.reshape(1)
    const [from, to] = [axisOf(this.node, first), axisOf(this.node, last)]
    if (from > to)
      throw misuse(this.node, `cannot flatten from axis ${from} to ${to}`, 'give the outer axis first')
    const { shape } = this
    const folded = [...shape.slice(0, from), elements(shape.slice(from, to + 1)), ...shape.slice(to + 1)]
    return this.made(shapes.reshape(this.node, folded))
  }
  /** All axes in another order: axis i of the result is axis `order[i]` of this tensor. */
  permute(...order: number[]): Self {
    const axes = order.map((axis) => axisOf(this.node, axis))
    return this.made(shapes.transpose(this.node, axes))
  }
  /** Two axes in each other's place. */
  transpose(a: number, b: number, ...more: readonly undefined[]): Self {
    if (more.length > 0)
      throw misuse(this.node, 'cannot transpose more than two axes', 'give all in their new order to permute')
    const [from, to] = [axisOf(this.node, a), axisOf(this.node, b)]
    const order = this.shape.map((_, axis) => (axis === from ? to : axis === to ? from : axis))
    return this.made(shapes.transpose(this.node, order))
  }
  /** Elements start ≤ i < end of one axis, every `step`th of them; all are places from 0 on. */
  slice(axis: number, start: number, end: number, step = 1): Self {
    const place = axisOf(this.node, axis)
    wholeFor(this.node, 'slice', [start, end], 0)
    wholeFor(this.node, 'slice', [step], 1)
    const at = (whole: readonly number[], value: number) =>
      whole.map((size, i) => (i === place ? value : size))
    const zeros = this.shape.map(() => 0)
    const ones = this.shape.map(() => 1)
    return this.made(slice(this.node, at(zeros, start), at(this.shape, end), at(ones, step)))
  }
  /** Zeros before and after each axis: two lists of one number per axis. */
  pad(before: readonly number[], after: readonly number[]): Self {
    const lengths = [before, after].map((side) => wholeFor(this.node, 'pad', side, 0))
    const [left = [], right = []] = lengths
    if (lengths.some(({ length }) => length !== this.shape.length))
      throw misuse(this.node, 'cannot pad as many axes', `give ${this.shape.length} numbers before and after`)
    return this.made(pad(this.node, left, right))
  }
  /** Repeated along axes of size 1, and along new ones in front, to this shape. */
  broadcast(...shape: number[]): Self {
    return this.made(shapes.broadcast(this.node, wholeFor(this.node, 'broadcast', shape, 0)))
  }
  /** Rows by index, from 0 on: int64 indices of any shape take the place of the first axis. */
  rows(indices: Self): Self {
    return this.made(gathers.gather(this.node, tensorOperand(this.node, 'pick rows by', indices)))
  }
  /**
   * Sums rows into `count` rows: row i of the result adds up the rows whose index is i, zeros where there is none. The
   * axes of the int64 indices are the first ones of this tensor. It undoes what `rows` spreads: each is the gradient
   * of the other.
   */
  segmentSum(indices: Self, count: number): Self {
    const index = tensorOperand(this.node, 'sum rows by', indices)
    wholeFor(this.node, 'segmentSum', [count], 1)
    return this.made(gathers.scatterAdd(this.node, index, count))
  }
}

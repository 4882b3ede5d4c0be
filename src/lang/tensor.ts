import { UserError } from '../error.ts'
import { currentOrigin } from '../ir/context.ts'
import { elements, showType, type Shape } from '../ir/type.ts'
import { cast } from '../ops/cast.ts'
import * as elementwise from '../ops/elementwise.ts'
import * as gathers from '../ops/gather.ts'
import { scalar } from '../ops/leaf.ts'
import { matmul } from '../ops/matmul.ts'
import { averagePool, maxPool } from '../ops/pool.ts'
import { power } from '../ops/power.ts'
import * as reduce from '../ops/reduce.ts'
import * as shapes from '../ops/shape.ts'
import { stopGradient } from '../ops/stop.ts'
import * as unary from '../ops/unary.ts'
import type { DType } from '../ir/dtype.ts'
import type { Node } from '../ir/node.ts'

/** What arithmetic takes beside a tensor: a number means that number everywhere. */
export type Operand = Tensor | number

/**
 * A symbolic tensor: what rules compute with. Methods trace, nothing is calculated here. Shapes broadcast as
 * in NumPy and PyTorch; reductions take the axes to reduce, none meaning all.
 */
export class Tensor {
  /** The value in the compiler's graph. */
  readonly node: Node

  constructor(node: Node) {
    this.node = node
  }

  get shape(): Shape {
    return this.node.shape
  }
  get dtype(): DType {
    return this.node.dtype
  }
  /** Size of an axis; negative axes count from the last. */
  dim(axis: number): number {
    const size = this.shape.at(axis)
    if (size === undefined) throw this.misuse(`has no axis ${axis}`)
    return size
  }

  add(other: Operand): Tensor {
    return this.with(other, elementwise.add)
  }
  sub(other: Operand): Tensor {
    return this.with(other, elementwise.sub)
  }
  mul(other: Operand): Tensor {
    return this.with(other, elementwise.mul)
  }
  div(other: Operand): Tensor {
    return this.with(other, elementwise.div)
  }
  maximum(other: Operand): Tensor {
    return this.with(other, elementwise.maximum)
  }
  minimum(other: Operand): Tensor {
    return this.with(other, elementwise.minimum)
  }
  greater(other: Operand): Tensor {
    return this.with(other, elementwise.greater)
  }
  greaterEqual(other: Operand): Tensor {
    return this.with(other, elementwise.greaterEqual)
  }
  less(other: Operand): Tensor {
    return this.with(other, elementwise.less)
  }
  lessEqual(other: Operand): Tensor {
    return this.with(other, elementwise.lessEqual)
  }
  equal(other: Operand): Tensor {
    return this.with(other, elementwise.equal)
  }
  /** This tensor must be boolean: `yes` where true, `no` elsewhere. */
  where(yes: Tensor, no: Operand): Tensor {
    return new Tensor(elementwise.where(this.node, yes.node, yes.lift(no)))
  }
  clamp(low: number, high: number): Tensor {
    return this.maximum(low).minimum(high)
  }

  neg(): Tensor {
    return new Tensor(unary.neg(this.node))
  }
  relu(): Tensor {
    return new Tensor(unary.relu(this.node))
  }
  exp(): Tensor {
    return new Tensor(unary.exp(this.node))
  }
  log(): Tensor {
    return new Tensor(unary.log(this.node))
  }
  sqrt(): Tensor {
    return new Tensor(unary.sqrt(this.node))
  }
  square(): Tensor {
    return new Tensor(unary.square(this.node))
  }
  /** To a fixed power; NaN where negative and the exponent no whole number. */
  pow(exponent: number): Tensor {
    return new Tensor(power(this.node, exponent))
  }
  abs(): Tensor {
    return new Tensor(unary.abs(this.node))
  }
  sign(): Tensor {
    return new Tensor(unary.sign(this.node))
  }
  floor(): Tensor {
    return new Tensor(unary.floor(this.node))
  }
  tanh(): Tensor {
    return new Tensor(unary.tanh(this.node))
  }
  sigmoid(): Tensor {
    return new Tensor(unary.sigmoid(this.node))
  }
  /** log(1 + exp(x)), without overflow. */
  softplus(): Tensor {
    return new Tensor(unary.softplus(this.node))
  }
  /** 1 where x > 0, else 0; no gradient flows through it. */
  heaviside(): Tensor {
    return new Tensor(unary.heaviside(this.node))
  }
  cast(dtype: DType): Tensor {
    return new Tensor(cast(this.node, dtype))
  }

  sum(...axes: number[]): Tensor {
    return new Tensor(reduce.sum(this.node, this.axes(axes)))
  }
  mean(...axes: number[]): Tensor {
    return new Tensor(reduce.mean(this.node, this.axes(axes)))
  }
  max(...axes: number[]): Tensor {
    return new Tensor(reduce.max(this.node, this.axes(axes)))
  }
  logSumExp(...axes: number[]): Tensor {
    return new Tensor(reduce.logSumExp(this.node, this.axes(axes)))
  }

  /** One size may be -1: it follows from the others. */
  reshape(...shape: number[]): Tensor {
    const known = elements(shape.filter((size) => size !== -1))
    const inferred = shape.map((size) => (size === -1 ? elements(this.shape) / known : size))
    return new Tensor(shapes.reshape(this.node, inferred))
  }
  /** Keeps the first axis and folds all others into one: [rows, features]. */
  flatten(): Tensor {
    return this.reshape(this.dim(0), -1)
  }
  transpose(...order: number[]): Tensor {
    const all = order.length > 0 ? order : this.shape.map((_, axis) => axis).reverse()
    return new Tensor(shapes.transpose(this.node, all))
  }
  /** Elements start ≤ i < end of one axis. */
  slice(axis: number, start: number, end: number, step = 1): Tensor {
    const at = (whole: readonly number[], value: number) =>
      whole.map((size, i) => (i === axis ? value : size))
    const zeros = this.shape.map(() => 0)
    const ones = this.shape.map(() => 1)
    return new Tensor(shapes.slice(this.node, at(zeros, start), at(this.shape, end), at(ones, step)))
  }
  /** Zeros before and after each axis. */
  pad(before: readonly number[], after: readonly number[]): Tensor {
    return new Tensor(shapes.pad(this.node, before, after))
  }
  broadcast(...shape: number[]): Tensor {
    return new Tensor(shapes.broadcast(this.node, shape))
  }
  /** Rows by index: int64 indices of any shape take the place of the first axis. */
  rows(indices: Tensor): Tensor {
    return new Tensor(gathers.gather(this.node, indices.node))
  }
  /** Sums rows into `count` rows: row i of the result adds up the rows whose index is i. */
  scatterAdd(indices: Tensor, count: number): Tensor {
    return new Tensor(gathers.scatterAdd(this.node, indices.node, count))
  }

  /** Matrix product of the last two axes. */
  matmul(other: Tensor, { transposeA = false, transposeB = false } = {}): Tensor {
    return new Tensor(matmul(this.node, other.node, transposeA, transposeB))
  }
  /** Means over size × size tiles of maps [rows, channels, height, width]. */
  averagePool(size: number): Tensor {
    return new Tensor(averagePool(this.node, size))
  }
  maxPool(size: number): Tensor {
    const square = [size, size]
    return new Tensor(
      maxPool(this.node, { kernel: square, stride: square, padding: [0, 0], dilation: [1, 1] }),
    )
  }

  /** The same value, a constant to every gradient: PyTorch's `detach()`. */
  stopGradient(): Tensor {
    return new Tensor(stopGradient(this.node))
  }
  /** As `stopGradient`. */
  detach(): Tensor {
    return this.stopGradient()
  }

  /** `a < b` or `a + b` on tensors is a mistake that JavaScript would pass over in silence. */
  [Symbol.toPrimitive](): never {
    throw this.misuse('is symbolic and has no value of its own')
  }

  private with(other: Operand, op: (a: Node, b: Node) => Node): Tensor {
    return new Tensor(op(this.node, this.lift(other)))
  }
  private lift(other: Operand): Node {
    return typeof other === 'number' ? scalar(this.dtype, other) : other.node
  }
  private axes(axes: readonly number[]): readonly number[] {
    return axes.length > 0 ? axes : this.shape.map((_, axis) => axis)
  }
  private misuse(problem: string): UserError {
    return new UserError('TraceError', `a tensor ${showType(this.node)} ${problem}`, {
      origin: currentOrigin(),
      help: 'compute with its methods: a.add(b), a.greater(b), a.shape',
    })
  }
}

export const concat = (tensors: readonly Tensor[], axis = 0): Tensor =>
  new Tensor(
    shapes.concat(
      tensors.map(({ node }) => node),
      axis,
    ),
  )

import { z } from 'zod'
import { UserError } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'
import { dtypes, type DType } from '../base/dtype.ts'
import { elements, type Shape } from '../base/type.ts'
import { cast } from '../ops/cast.ts'
import * as elementwise from '../ops/elementwise.ts'
import * as gathers from '../ops/gather.ts'
import { scalar } from '../ops/leaf.ts'
import { matmul } from '../ops/matmul.ts'
import { averagePool } from '../ops/average-pool.ts'
import { maxPool } from '../ops/pool.ts'
import { power } from '../ops/power.ts'
import * as reduce from '../ops/reduce.ts'
import * as shapes from '../ops/shape.ts'
import { stopGradient } from '../ops/stop.ts'
import * as unary from '../ops/unary.ts'
import { argument, options, type Checks } from './check.ts'
import { flag, list, oneOf } from './kinds.ts'
import { axisOf, misuse, numberFor, wholeFor } from './operands.ts'
import { shown } from './show.ts'
import type { Node } from '../ir/node.ts'

/** What arithmetic takes beside a tensor: a number means that number everywhere. */
export type Operand = Tensor | number

export interface MatmulOptions {
  readonly transposeA?: boolean
  readonly transposeB?: boolean
}

const matmulChecks: Checks<MatmulOptions> = { transposeA: flag.optional(), transposeB: flag.optional() }

/**
 * A symbolic tensor: what rules compute with. Methods trace, nothing is calculated here. Shapes broadcast as
 * in NumPy and PyTorch; reductions take the axes to reduce, none meaning all.
 */
export class Tensor {
  /** The value in the compiler's graph. */
  readonly node: Node

  constructor(node: Node) {
    if (!isNode(node))
      throw new UserError('TraceError', `a tensor is made of ${shown(node)}`, {
        origin: currentOrigin(),
        help: 'take those that a rule, a module or a transform is given',
      })
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
    return this.shape[axisOf(this.node, axis)] ?? 0
  }

  add(other: Operand): Tensor {
    return this.with('add', other, elementwise.add)
  }
  sub(other: Operand): Tensor {
    return this.with('sub', other, elementwise.sub)
  }
  mul(other: Operand): Tensor {
    return this.with('mul', other, elementwise.mul)
  }
  div(other: Operand): Tensor {
    return this.with('div', other, elementwise.div)
  }
  maximum(other: Operand): Tensor {
    return this.with('maximum', other, elementwise.maximum)
  }
  minimum(other: Operand): Tensor {
    return this.with('minimum', other, elementwise.minimum)
  }
  greater(other: Operand): Tensor {
    return this.with('greater', other, elementwise.greater)
  }
  greaterEqual(other: Operand): Tensor {
    return this.with('greaterEqual', other, elementwise.greaterEqual)
  }
  less(other: Operand): Tensor {
    return this.with('less', other, elementwise.less)
  }
  lessEqual(other: Operand): Tensor {
    return this.with('lessEqual', other, elementwise.lessEqual)
  }
  equal(other: Operand): Tensor {
    return this.with('equal', other, elementwise.equal)
  }
  /** This tensor must be boolean: `yes` where true, `no` elsewhere. */
  where(yes: Tensor, no: Operand): Tensor {
    const chosen = this.other('where', yes)
    return new Tensor(elementwise.where(this.node, chosen.node, chosen.lift('where', no)))
  }
  clamp(low: number, high: number): Tensor {
    const [from, to] = [numberFor(this.node, 'clamp to', low), numberFor(this.node, 'clamp to', high)]
    if (from > to) throw misuse(this.node, `cannot clamp to ${from} … ${to}`, 'give the lower number first')
    return this.maximum(from).minimum(to)
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
    return new Tensor(power(this.node, numberFor(this.node, 'pow', exponent)))
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
    return new Tensor(
      cast(this.node, argument('cast', 'dtype', oneOf(...dtypes), dtype, { kind: 'TraceError' })),
    )
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
    wholeFor(this.node, 'reshape', shape, -1)
    const known = elements(shape.filter((size) => size !== -1))
    const missing = elements(this.shape) / known
    const open = shape.filter((size) => size === -1).length
    if (open > 1 || (open === 1 && !Number.isInteger(missing)))
      throw misuse(
        this.node,
        `of ${elements(this.shape)} elements does not reshape to [${shape.join(', ')}]`,
        'one size may be -1, and the others must divide the number of elements',
      )
    return new Tensor(
      shapes.reshape(
        this.node,
        shape.map((size) => (size === -1 ? missing : size)),
      ),
    )
  }
  /** Keeps the first axis and folds all others into one: [rows, features]. */
  flatten(): Tensor {
    return this.reshape(this.dim(0), -1)
  }
  transpose(...order: number[]): Tensor {
    const all = order.length > 0 ? this.axes(order) : this.shape.map((_, axis) => axis).reverse()
    return new Tensor(shapes.transpose(this.node, all))
  }
  /** Elements start ≤ i < end of one axis. */
  slice(axis: number, start: number, end: number, step = 1): Tensor {
    const place = axisOf(this.node, axis)
    wholeFor(this.node, 'slice', [start, end], 0)
    wholeFor(this.node, 'slice', [step], 1)
    const at = (whole: readonly number[], value: number) =>
      whole.map((size, i) => (i === place ? value : size))
    const zeros = this.shape.map(() => 0)
    const ones = this.shape.map(() => 1)
    return new Tensor(shapes.slice(this.node, at(zeros, start), at(this.shape, end), at(ones, step)))
  }
  /** Zeros before and after each axis. */
  pad(before: readonly number[], after: readonly number[]): Tensor {
    const lengths = [before, after].map((side) => wholeFor(this.node, 'pad', side, 0))
    const [left = [], right = []] = lengths
    if (lengths.some(({ length }) => length !== this.shape.length))
      throw misuse(this.node, 'cannot pad as many axes', `give ${this.shape.length} numbers before and after`)
    return new Tensor(shapes.pad(this.node, left, right))
  }
  broadcast(...shape: number[]): Tensor {
    return new Tensor(shapes.broadcast(this.node, wholeFor(this.node, 'broadcast', shape, 0)))
  }
  /** Rows by index: int64 indices of any shape take the place of the first axis. */
  rows(indices: Tensor): Tensor {
    return new Tensor(gathers.gather(this.node, this.other('rows', indices).node))
  }
  /** Sums rows into `count` rows: row i of the result adds up the rows whose index is i. */
  scatterAdd(indices: Tensor, count: number): Tensor {
    wholeFor(this.node, 'scatterAdd', [count], 1)
    return new Tensor(gathers.scatterAdd(this.node, this.other('scatterAdd', indices).node, count))
  }

  /** Matrix product of the last two axes. */
  matmul(other: Tensor, transposed: MatmulOptions = {}): Tensor {
    const right = this.other('matmul', other)
    const { transposeA = false, transposeB = false } = options('matmul', matmulChecks, transposed, {
      kind: 'TraceError',
    })
    return new Tensor(matmul(this.node, right.node, transposeA, transposeB))
  }
  /** Means over size × size tiles of maps [rows, channels, height, width]. */
  averagePool(size: number): Tensor {
    wholeFor(this.node, 'averagePool', [size], 1)
    return new Tensor(averagePool(this.node, size))
  }
  maxPool(size: number): Tensor {
    wholeFor(this.node, 'maxPool', [size], 1)
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
    throw misuse(
      this.node,
      'is symbolic and has no value of its own',
      'compute with its methods: a.add(b), a.greater(b), a.shape',
    )
  }

  private with(method: string, other: Operand, op: (a: Node, b: Node) => Node): Tensor {
    return new Tensor(op(this.node, this.lift(method, other)))
  }
  private lift(method: string, other: Operand): Node {
    if (other instanceof Tensor) return other.node
    return scalar(this.dtype, numberFor(this.node, method, other))
  }
  /** Where a number will not do. */
  private other(method: string, other: Tensor): Tensor {
    if (isTensor(other)) return other
    throw misuse(this.node, `cannot ${method} ${shown(other)}`, 'give a tensor')
  }
  private axes(axes: readonly number[]): readonly number[] {
    return axes.length > 0 ? axes.map((axis) => axisOf(this.node, axis)) : this.shape.map((_, axis) => axis)
  }
}

const isNode = (value: unknown): boolean => typeof value === 'object' && value !== null && 'op' in value

/** For values that types say are tensors, of programs whose types nobody checked. */
const isTensor = (value: unknown): value is Tensor => value instanceof Tensor

const aTensor = z.custom<Tensor>(isTensor, 'a tensor')

/** A tensor given to a function. */
export const tensorFor = (what: string, name: string, value: Tensor): Tensor =>
  argument(what, name, aTensor, value, { kind: 'TraceError' })

/** All tensors one behind the other along an axis; negative axes count from the last. */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const nodes = argument('concat', 'tensors', list(aTensor, 'tensors', 1), tensors, {
    kind: 'TraceError',
  }).map(({ node }) => node)
  const [first] = nodes
  if (!first) throw new Error('concat lost its tensors')
  return new Tensor(shapes.concat(nodes, axisOf(first, axis)))
}

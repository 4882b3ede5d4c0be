import { sizeOf } from '../../base/shapes.ts'
import { UserError } from '../../base/error.ts'
import { currentOrigin } from '../../ir/context.ts'
import { dtypes, type DType } from '../../base/dtype.ts'
import { cast } from '../../ops/cast.ts'
import { scalar } from '../../ops/leaf.ts'
import { stopGradient } from '../../ops/stop.ts'
import { argument } from '../check.ts'
import { oneOf } from '../kinds.ts'
import { axisOf, misuse, numberFor } from '../operands.ts'
import { shown } from '../../base/show.ts'
import type { Shape } from '../../base/type.ts'
import type { Node } from '../../ir/node.ts'

const aType = oneOf(...dtypes)

/**
 * What every tensor has: a value in the compiler's graph, its shape and its type. `Self` is `Tensor`, whose methods lie
 * in one class per kind of operation, each on top of the other: elementwise, reductions, layout, then `Tensor`.
 */
export abstract class Symbolic<Self> {
  /** The value in the compiler's graph. */
  readonly node: Node

  /** @throws UserError ('TraceError') where it is made of something else: tensors are given, not made. */
  constructor(node: Node) {
    if (!isNode(node))
      throw new UserError('TraceError', `a tensor is made of ${shown(node)}`, {
        origin: currentOrigin(),
        help: 'take those that a rule, a module or a transform is given',
      })
    this.node = node
  }

  /** Another tensor, of this value. */
  protected abstract made(node: Node): Self

  /** Sizes of the axes, outermost first, known while tracing; `[]` of one number. */
  get shape(): Shape {
    return this.node.shape
  }
  /** Type of the elements. No operation converts it but `cast`, and comparisons, which give `bool`. */
  get dtype(): DType {
    return this.node.dtype
  }
  /**
   * Size of one axis; negative axes count from the last.
   *
   * @throws UserError ('TraceError') where there is no such axis, as all methods that take axes.
   */
  size(axis: number): number {
    return sizeOf(this.shape, axisOf(this.node, axis))
  }

  /** The same numbers in another type; towards zero from real to whole ones, 1 and 0 from true and false. */
  cast(dtype: DType): Self {
    return this.made(cast(this.node, argument('cast', 'dtype', aType, dtype, { kind: 'TraceError' })))
  }
  /** The same value, a constant to every gradient. */
  stopGradient(): Self {
    return this.made(stopGradient(this.node))
  }
  /** As `stopGradient`. */
  detach(): Self {
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
}

const isNode = (value: unknown): boolean => typeof value === 'object' && value !== null && 'op' in value

/** The other side of a method that takes a tensor or a number, which becomes one of this tensor's type. */
export const operand = (of: Node, method: string, other: unknown): Node =>
  other instanceof Symbolic ? other.node : scalar(of.dtype, numberFor(of, method, other))

/**
 * The other side of a method that takes tensors alone; `verb` is what the method does, as its message has it.
 *
 * @throws UserError ('TraceError') where it is none.
 */
export function tensorOperand(of: Node, verb: string, other: unknown): Node {
  if (other instanceof Symbolic) return other.node
  throw misuse(of, `cannot ${verb} ${shown(other)}`, 'give a tensor')
}

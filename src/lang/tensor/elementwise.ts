import { isFloat } from '../../base/dtype.ts'
import * as binary from '../../ops/elementwise.ts'
import { power } from '../../ops/power.ts'
import * as trigonometry from '../../ops/trigonometry.ts'
import * as unary from '../../ops/unary.ts'
import { misuse, numberFor } from '../operands.ts'
import { operand, Symbolic } from './symbolic.ts'
import type { Node } from '../../ir/node.ts'

/**
 * Arithmetic, comparisons and functions of every element. Two tensors have one type, and their shapes broadcast as in
 * NumPy and PyTorch: aligned at the last axis, sizes of 1 stretched. A number is one of the tensor's type.
 *
 * @throws UserError ('ShapeError') where types differ or shapes do not broadcast, ('TraceError') where a number is none
 * that the type can hold.
 */
export abstract class Elementwise<Self> extends Symbolic<Self> {
  add(other: Self | number): Self {
    return this.made(arithmetic('add', binary.add, this.node, other))
  }
  sub(other: Self | number): Self {
    return this.made(arithmetic('sub', binary.sub, this.node, other))
  }
  mul(other: Self | number): Self {
    return this.made(arithmetic('mul', binary.mul, this.node, other))
  }
  /** Of real numbers alone: a quotient of whole ones is none. @throws UserError ('TraceError') by the number 0. */
  div(other: Self | number): Self {
    if (!isFloat(this.dtype))
      throw misuse(
        this.node,
        'cannot be divided',
        "convert it first: .cast('float32'), and .floor() for whole ones",
      )
    return this.made(arithmetic('div', binary.div, this.node, other))
  }
  /** The larger of the two; equal ones share the gradient in halves. */
  maximum(other: Self | number): Self {
    return this.made(arithmetic('maximum', binary.maximum, this.node, other))
  }
  /** The smaller of the two; equal ones share the gradient in halves. */
  minimum(other: Self | number): Self {
    return this.made(arithmetic('minimum', binary.minimum, this.node, other))
  }
  /** Held between two numbers; at either the gradient is halved. */
  clamp(low: number, high: number): Self {
    const [from, to] = [numberFor(this.node, 'clamp to', low), numberFor(this.node, 'clamp to', high)]
    if (from > to) throw misuse(this.node, `cannot clamp to ${from} … ${to}`, 'give the lower number first')
    const above = arithmetic('clamp', binary.maximum, this.node, from)
    return this.made(arithmetic('clamp', binary.minimum, above, to))
  }

  /** bool, of every element, as all comparisons; no gradient flows through them. */
  greater(other: Self | number): Self {
    return this.made(arithmetic('greater', binary.greater, this.node, other))
  }
  greaterEqual(other: Self | number): Self {
    return this.made(arithmetic('greaterEqual', binary.greaterEqual, this.node, other))
  }
  less(other: Self | number): Self {
    return this.made(arithmetic('less', binary.less, this.node, other))
  }
  lessEqual(other: Self | number): Self {
    return this.made(arithmetic('lessEqual', binary.lessEqual, this.node, other))
  }
  /** Whether elements are equal, one by one. */
  eq(other: Self | number): Self {
    return this.made(binary.equal(this.node, operand(this.node, 'eq', other)))
  }

  neg(): Self {
    return this.made(unary.neg(this.node))
  }
  /** max(x, 0); its gradient at 0 is 0. */
  relu(): Self {
    return this.made(unary.relu(this.node))
  }
  exp(): Self {
    return this.made(unary.exp(this.node))
  }
  /** The natural logarithm. */
  log(): Self {
    return this.made(unary.log(this.node))
  }
  /** Its gradient at 0 is infinite: add a small number, or take the `maximum` with one, before. */
  sqrt(): Self {
    return this.made(unary.sqrt(this.node))
  }
  square(): Self {
    return this.made(unary.square(this.node))
  }
  /** To a fixed power; NaN where negative and the exponent no whole number. */
  pow(exponent: number): Self {
    return this.made(power(this.node, numberFor(this.node, 'pow', exponent)))
  }
  abs(): Self {
    return this.made(unary.abs(this.node))
  }
  /** -1, 0 or 1; no gradient flows through it. */
  sign(): Self {
    return this.made(unary.sign(this.node))
  }
  /** Down to a whole number, in the same type; no gradient flows through it. */
  floor(): Self {
    return this.made(unary.floor(this.node))
  }
  /** Of an angle in radians, as `cos`. */
  sin(): Self {
    return this.made(trigonometry.sin(this.node))
  }
  cos(): Self {
    return this.made(trigonometry.cos(this.node))
  }
  tanh(): Self {
    return this.made(unary.tanh(this.node))
  }
  /** 1 / (1 + exp(-x)), without overflow. */
  sigmoid(): Self {
    return this.made(unary.sigmoid(this.node))
  }
  /** log(1 + exp(x)), without overflow. */
  softplus(): Self {
    return this.made(unary.softplus(this.node))
  }
  /** 1 where x > 0, else 0; no gradient flows through it. */
  heaviside(): Self {
    return this.made(unary.heaviside(this.node))
  }
}

/** @throws UserError ('TraceError') for booleans, which are not numbers. */
function arithmetic(method: string, op: (a: Node, b: Node) => Node, x: Node, other: unknown): Node {
  if (x.dtype === 'bool')
    throw misuse(x, `cannot ${method}: booleans are not numbers`, "convert them first: .cast('float32')")
  return op(x, operand(x, method, other))
}

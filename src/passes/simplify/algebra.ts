import { elements, sameShape } from '../../ir/type.ts'
import { mul, sub } from '../../ops/elementwise.ts'
import { scalar } from '../../ops/leaf.ts'
import { uniformValue } from './constants.ts'
import type { Node } from '../../ir/node.ts'

/**
 * What gradients leave behind: products with one, sums with zero, chains of factors and signs. A sum with zero
 * is left out although it would turn -0 into 0.
 */
export function algebra(node: Node): Node | undefined {
  const [a, b] = node.inputs
  if (!a) return undefined
  if (node.op.name === 'neg') return negated(a)
  if (!b) return node.op.name === 'relu' && a.op.name === 'relu' ? a : undefined
  return rules[node.op.name]?.(node, a, b)
}

type Rule = (node: Node, a: Node, b: Node) => Node | undefined

const rules: Readonly<Record<string, Rule | undefined>> = {
  mul: (node, a, b) =>
    without(node, a, b, 1) ??
    without(node, b, a, 1) ??
    factors(a, b) ??
    factors(b, a) ??
    unspread(node, a, b) ??
    unspread(node, b, a),
  add: (node, a, b) => without(node, a, b, 0) ?? without(node, b, a, 0) ?? difference(a, b),
  sub: (node, a, b) => without(node, a, b, 0),
  div: (node, a, b) => without(node, a, b, 1),
}

/** x where the other operand is the neutral element, and no larger than x. */
const without = (node: Node, x: Node, other: Node, neutral: number): Node | undefined =>
  uniformValue(other) === neutral && sameShape(x.shape, node.shape) ? x : undefined

/** A factor that is one number: a constant that may be written without axes. */
function factor(node: Node): number | undefined {
  return elements(node.shape) === 1 ? uniformValue(node) : undefined
}

/** (x · c) · d = x · (c d), and (-x) · d = x · (-d). */
function factors(product: Node, other: Node): Node | undefined {
  const outer = factor(other)
  if (outer === undefined || other.shape.length > product.shape.length) return undefined
  const [x, inner] = product.inputs
  if (product.op.name === 'neg' && x) return mul(x, scalar(x.dtype, -outer))
  if (product.op.name !== 'mul' || !x || !inner) return undefined
  const value = factor(inner)
  if (value === undefined || inner.shape.length > x.shape.length) return undefined
  const round = x.dtype === 'float32' ? Math.fround : (number: number) => number
  return mul(x, scalar(x.dtype, round(round(value) * round(outer))))
}

function negated(x: Node): Node | undefined {
  const [inner, other] = x.inputs
  if (!inner) return undefined
  if (x.op.name === 'neg') return inner
  if (x.op.name === 'sub' && other) return sub(other, inner)
  const value = x.op.name === 'mul' && other ? factor(other) : undefined
  return value !== undefined && other && other.shape.length <= inner.shape.length
    ? mul(inner, scalar(x.dtype, -value))
    : undefined
}

/** a + (-b) = a - b. */
const difference = (a: Node, b: Node): Node | undefined => {
  const [inner] = b.inputs
  return b.op.name === 'neg' && inner ? sub(a, inner) : undefined
}

/** (x · ones) · y = x · y where y is as large as the product: the gradient of a mean, met by a mask. */
function unspread(node: Node, spread: Node, y: Node): Node | undefined {
  const [x, ones] = spread.op.name === 'mul' ? spread.inputs : []
  return x && ones && uniformValue(ones) === 1 && sameShape(y.shape, node.shape) ? mul(x, y) : undefined
}

import { elements, sameShape } from '../../base/type.ts'
import { addOp, divOp, mul, mulOp, sub, subOp } from '../../ops/elementwise.ts'
import { is, operandsOf } from '../../ops/is.ts'
import { scalar } from '../../ops/leaf.ts'
import { negOp, reluOp } from '../../ops/unary.ts'
import { ofEither, ofOne, ofTwo, type Rewrite } from '../rewrite/rule.ts'
import { uniformValue } from './constants.ts'
import type { Node } from '../../ir/node.ts'

/** x where the other operand is the neutral element, and no larger than x. */
const without = (x: Node, other: Node, neutral: number, node: Node): Node | undefined =>
  uniformValue(other) === neutral && sameShape(x.shape, node.shape) ? x : undefined

/** The one number that a constant is, where it can be written with as few axes as `x` has. */
const factorOf = (x: Node | undefined, constant: Node | undefined): number | undefined =>
  x && constant && elements(constant.shape) === 1 && constant.shape.length <= x.shape.length
    ? uniformValue(constant)
    : undefined

const scaled = (x: Node, factor: number): Node => mul(x, scalar(x.dtype, factor))

/**
 * What gradients leave behind: products with one, sums with zero, chains of factors and signs. A sum with zero
 * is left out although it would turn -0 into 0.
 */
export const algebra: readonly Rewrite[] = [
  ofOne('relu(relu(x)) = relu(x)', reluOp, (x) => (is(x, reluOp) ? x : undefined)),
  ofOne('-(-x) = x', negOp, (x) => operandsOf(x, negOp)[0]),
  ofOne('-(a - b) = b - a', negOp, (x) => {
    const [a, b] = operandsOf(x, subOp)
    return a && b && sub(b, a)
  }),
  ofOne('-(x · c) = x · -c', negOp, (product) => {
    const [x, constant] = operandsOf(product, mulOp)
    const factor = factorOf(x, constant)
    return x && factor !== undefined ? scaled(x, -factor) : undefined
  }),
  ofEither('x · 1 = x', mulOp, (x, y, node) => without(x, y, 1, node)),
  ofEither('-x · c = x · -c', mulOp, (negative, constant) => {
    const [x] = operandsOf(negative, negOp)
    const factor = factorOf(negative, constant)
    return x && factor !== undefined ? scaled(x, -factor) : undefined
  }),
  ofEither('(x · c) · d = x · cd', mulOp, (product, constant) => {
    const [x, inner] = operandsOf(product, mulOp)
    const [c, d] = [factorOf(x, inner), factorOf(product, constant)]
    if (!x || c === undefined || d === undefined || x.dtype === 'float16') return undefined
    const round = x.dtype === 'float32' ? Math.fround : (number: number) => number
    return scaled(x, round(round(c) * round(d)))
  }),
  // The gradient of a mean, met by a mask.
  ofEither('(x · ones) · y = x · y where y is as large', mulOp, (spread, y, node) => {
    const [x, ones] = operandsOf(spread, mulOp)
    return x && ones && uniformValue(ones) === 1 && sameShape(y.shape, node.shape) ? mul(x, y) : undefined
  }),
  ofEither('x + 0 = x', addOp, (x, y, node) => without(x, y, 0, node)),
  ofTwo('a + -b = a - b', addOp, (a, negative) => {
    const [b] = operandsOf(negative, negOp)
    return b && sub(a, b)
  }),
  ofTwo('x - 0 = x', subOp, (x, y, node) => without(x, y, 0, node)),
  ofTwo('x / 1 = x', divOp, (x, y, node) => without(x, y, 1, node)),
]

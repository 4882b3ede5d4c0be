import { unary } from '../../ops/arity.ts'
import { cast } from '../../ops/cast.ts'
import { add, equal, greater, greaterEqual } from '../../ops/elementwise.ts'
import { scalar } from '../../ops/leaf.ts'
import { isZeroOp, notNegativeOp } from '../../ops/step.ts'
import { abs, exp, heavisideOp, log, neg, relu, softplusOp } from '../../ops/unary.ts'
import { waysOf, type Way } from './way.ts'

/** Curves of one number: steps have a single pass in float32 alone. */

export const heaviside = waysOf(heavisideOp, (node): Way | undefined => {
  if (node.dtype === 'float32') return undefined
  const make = () => cast(greater(unary(node), scalar(node.dtype, 0)), node.dtype)
  return { as: 'Greater, Cast', because: node.dtype, make }
})

export const notNegative = waysOf(notNegativeOp, (node): Way | undefined => {
  if (node.dtype === 'float32') return undefined
  const make = () => cast(greaterEqual(unary(node), scalar(node.dtype, 0)), node.dtype)
  return { as: 'GreaterOrEqual, Cast', because: node.dtype, make }
})

export const isZero = waysOf(isZeroOp, (node): Way | undefined => {
  if (node.dtype === 'float32') return undefined
  const make = () => cast(equal(unary(node), scalar(node.dtype, 0)), node.dtype)
  return { as: 'Equal, Cast', because: node.dtype, make }
})

/** log(1 + exp(x)) without overflow: max(x, 0) + log(1 + exp(-|x|)). */
export const softplus = waysOf(softplusOp, (node): Way => {
  const x = unary(node)
  const make = () => add(relu(x), log(add(exp(neg(abs(x))), scalar(node.dtype, 1))))
  return { as: 'relu(x) + log(1 + exp(-|x|))', because: 'no overflow', make }
})

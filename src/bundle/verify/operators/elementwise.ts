import { at } from '../../../base/lists.ts'
import { broadcastShapes, sameShape, showType } from '../../../base/type.ts'
import { dtypeOfCode } from '../../../base/dtype.ts'
import type { Call, Inferred, Known, Operator, Operators } from '../call.ts'

/** Of one operand, in its type. */
const unary: Operator = (call) => {
  call.requireOperands(1)
  const { dtype, shape } = call.operand(0)
  return { results: [{ dtype, shape }] }
}

/** In float32 a saturating line. */
const hardSigmoid: Operator = (call) => {
  call.float('alpha')
  call.float('beta')
  return unary(call)
}

const identity: Operator = (call) => {
  call.requireOperands(1)
  return { results: [call.operand(0)], inPlace: true }
}

const cast: Operator = (call) => {
  call.requireOperands(1)
  const dtype = dtypeOfCode(call.whole('to'))
  if (!dtype) throw call.refuse('casts to another type than those of ours')
  return { results: [{ dtype, shape: call.operand(0).shape }] }
}

function broadcast(call: Call, from: number): Known {
  call.requireOperands(from + 2)
  const [a, b] = [call.operand(from), call.operand(from + 1)]
  const shape = broadcastShapes(a.shape, b.shape)
  if (!shape || a.dtype !== b.dtype) throw call.misfit()
  return { dtype: a.dtype, shape }
}

const binary: Operator = (call) => ({ results: [broadcast(call, 0)] })

const products = (a: readonly number[], b: readonly number[]): readonly number[] =>
  a.map((number, i) => number * at(b, i))

/** Sizes are computed by it, too. */
const mul: Operator = (call) => {
  const result = broadcast(call, 0)
  const [a, b] = [call.operand(0), call.operand(1)]
  const numbers =
    a.numbers && b.numbers && sameShape(a.shape, b.shape) ? products(a.numbers, b.numbers) : undefined
  return { results: [{ ...result, numbers }] }
}

const comparison: Operator = (call) => ({ results: [{ ...broadcast(call, 0), dtype: 'bool' }] })

const where: Operator = (call): Inferred => {
  const [condition, values] = [call.operand(0), broadcast(call, 1)]
  const shape = broadcastShapes(condition.shape, values.shape)
  if (condition.dtype !== 'bool' || !shape) throw call.refuse(`does not choose by ${showType(condition)}`)
  return { results: [{ dtype: values.dtype, shape }] }
}

const all = (names: readonly string[], operator: Operator): Operators =>
  Object.fromEntries(names.map((name) => [name, operator]))

export const elementwise: Operators = {
  ...all(
    ['Abs', 'Cos', 'Exp', 'Floor', 'Log', 'Neg', 'Relu', 'Sigmoid', 'Sign', 'Sin', 'Sqrt', 'Tanh'],
    unary,
  ),
  ...all(['Add', 'Div', 'Max', 'Min', 'Pow', 'Sub'], binary),
  ...all(['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'], comparison),
  Cast: cast,
  HardSigmoid: hardSigmoid,
  Identity: identity,
  Mul: mul,
  Where: where,
}

import { sizeOf, twoAxes } from '../../../base/shapes.ts'
import { broadcastShapes, elements, normalizeAxes, sameShape } from '../../../base/type.ts'
import type { Operator, Operators } from '../call.ts'

/** Products of matrices, and sums, means and largest ones. */

const matMul: Operator = (call) => {
  call.requireOperands(2)
  const [a, b] = [call.operand(0), call.operand(1)]
  if (a.shape.length < 2 || b.shape.length < 2 || a.dtype !== b.dtype) throw call.misfit()
  const inner = sizeOf(a.shape, -1)
  const many = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2))
  if (!many || sizeOf(b.shape, -2) !== inner) throw call.misfit()
  const shape = [...many, sizeOf(a.shape, -2), sizeOf(b.shape, -1)]
  return { results: [{ dtype: a.dtype, shape }], work: elements(shape) * inner }
}

/** With or without what it is added to. */
const gemm: Operator = (call) => {
  call.requireOperands(2, 3)
  const [a, b, c] = [call.operand(0), call.operand(1), call.operands[2]]
  call.float('beta')
  if (a.shape.length !== 2 || b.shape.length !== 2 || a.dtype !== b.dtype) throw call.misfit()
  const turned = (shape: readonly [number, number], isTurned: boolean) =>
    isTurned ? ([shape[1], shape[0]] as const) : shape
  const [rows, inner] = turned(twoAxes(a.shape), call.whole('transA', 0) !== 0)
  const [other, columns] = turned(twoAxes(b.shape), call.whole('transB', 0) !== 0)
  const shape = [rows, columns]
  if (inner !== other || (c && !(sameShape(c.shape, shape) && c.dtype === a.dtype))) throw call.misfit()
  return { results: [{ dtype: a.dtype, shape }], work: elements(shape) * inner }
}

/** Over the axes of a list; of an empty one over all. */
const reduction: Operator = (call) => {
  call.requireOperands(2)
  const { dtype, shape: from } = call.operand(0)
  const axes = normalizeAxes(call.numbers(1), from.length)
  if (!axes) throw call.misfit()
  const isReduced = (axis: number): boolean => axes.length === 0 || axes.includes(axis)
  const shape =
    call.whole('keepdims') === 0
      ? from.filter((_, axis) => !isReduced(axis))
      : from.map((size, axis) => (isReduced(axis) ? 1 : size))
  return { results: [{ dtype, shape }] }
}

/** The largest along an axis, and where they are. */
const topK: Operator = (call) => {
  call.requireOperands(2)
  const [{ dtype, shape: from }, numbers] = [call.operand(0), call.numbers(1)]
  const axis = call.axis('axis', from)
  const [count, ...others] = numbers
  if (count === undefined || others.length > 0 || count < 1 || count > sizeOf(from, axis)) throw call.misfit()
  const shape = from.map((size, i) => (i === axis ? count : size))
  return {
    results: [
      { dtype, shape },
      { dtype: 'int64', shape },
    ],
  }
}

export const products: Operators = {
  Gemm: gemm,
  MatMul: matMul,
  ReduceLogSumExp: reduction,
  ReduceMax: reduction,
  ReduceMean: reduction,
  ReduceSum: reduction,
  TopK: topK,
}

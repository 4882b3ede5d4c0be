import { elements, normalizeAxes, type Shape, type Type } from '../base/type.ts'
import { isFloat } from '../base/dtype.ts'
import { cast } from './cast.ts'
import { Misfit, make } from './define.ts'
import { div, equal, mul, scale, sub } from './elementwise.ts'
import { filled } from './leaf.ts'
import { smooth } from './samples.ts'
import { reshape } from './shape.ts'
import { exp } from './unary.ts'
import { opaque, perOperand, reshaping } from './traits.ts'
import type { Node, Op, Traits } from '../ir/node.ts'

/** Reductions over axes. */

export type ReduceAttributes = Readonly<{ axes: readonly number[]; keep: boolean }>

const keptShape = (shape: Shape, axes: readonly number[]): Shape =>
  shape.map((size, axis) => (axes.includes(axis) ? 1 : size))

function infer([x]: readonly Type[], { axes, keep }: ReduceAttributes): Type {
  if (!x) throw new Misfit('needs one operand')
  if (!isFloat(x.dtype)) throw new Misfit(`is not defined on ${x.dtype}`, `convert first: .cast('float32')`)
  const valid = normalizeAxes(axes, x.shape.length)
  if (!valid)
    throw new Misfit(`axes [${axes.join(', ')}] are not distinct axes of a tensor of rank ${x.shape.length}`)
  return {
    dtype: x.dtype,
    shape: keep ? keptShape(x.shape, valid) : x.shape.filter((_, axis) => !valid.includes(axis)),
  }
}

/** Of nothing there is a sum, but neither a mean nor a largest. */
function inferOverSome(inputs: readonly Type[], attributes: ReduceAttributes): Type {
  const type = infer(inputs, attributes)
  const [x] = inputs
  if (x && elements(x.shape) === 0 && elements(type.shape) > 0)
    throw new Misfit('reduces no elements', 'leave at least one: is a slice empty?')
  return type
}

/** Puts the reduced axes back with size 1, so that the value broadcasts against the input. */
const restore = (value: Node, x: Node, { axes }: ReduceAttributes): Node =>
  reshape(value, keptShape(x.shape, axes))

const reduction = (
  name: string,
  operator: string,
  traits: Traits,
  gradient: (x: Node, y: Node, g: Node, reduced: number) => Node,
  expect: readonly number[],
): Op<ReduceAttributes> => ({
  name,
  traits,
  infer: name === 'sum' ? infer : inferOverSome,
  gradient: (node, upstream) => {
    const [x] = node.inputs
    if (!x) throw new Error(`${name} lost its operand`)
    const back = (value: Node) => restore(value, x, node.attributes)
    return [() => gradient(x, back(node), back(upstream), elements(x.shape) / elements(node.shape))]
  },
  emit: (emitter, node, [x]) => {
    const { axes, keep } = node.attributes
    return emitter.node(operator, [x, emitter.integers(axes)], node, { keepdims: keep ? 1 : 0 })
  },
  samples: [
    {
      inputs: [{ dtype: 'float64', shape: [2, 2], values: [1, 3, 2, 8] }],
      attributes: { axes: [1], keep: false },
      expect,
    },
    { inputs: [smooth([2, 3, 4])], attributes: { axes: [0, 2], keep: false } },
    { inputs: [smooth([2, 3, 4])], attributes: { axes: [1], keep: true } },
    { inputs: [smooth([2, 3])], attributes: { axes: [0, 1], keep: false } },
  ],
})

/** Spreading by a product with ones along the reduced axes: Expand is several times slower on the CPU. */
const spread = (g: Node, x: Node): Node => {
  const ones = x.shape.map((size, axis) => (g.shape[axis] === size ? 1 : size))
  return mul(g, filled(g.dtype, ones, 1))
}

export const sumOp = reduction(
  'sum',
  'ReduceSum',
  { ...opaque(perOperand), keepsOrder: true, zeroWith: [0] },
  (x, _y, g) => spread(g, x),
  [4, 10],
)
export const meanOp = reduction(
  'mean',
  'ReduceMean',
  { ...reshaping, work: perOperand },
  (x, _y, g, count) => spread(scale(g, 1 / count), x),
  [2, 5],
)
/** Ties share the gradient evenly, as PyTorch's `amax` does. */
export const maxOp = reduction(
  'max',
  'ReduceMax',
  { ...reshaping, work: perOperand },
  (x, y, g) => {
    const winners = cast(equal(x, y), g.dtype)
    const axes = x.shape.flatMap((size, axis) => (y.shape[axis] === size ? [] : [axis]))
    return mul(div(g, make(sumOp, [winners], { axes, keep: true })), winners)
  },
  [3, 8],
)
export const logSumExpOp: Op<ReduceAttributes> = {
  ...reduction(
    'logSumExp',
    'ReduceLogSumExp',
    { ...opaque(perOperand), keepsOrder: true },
    (x, y, g) => mul(g, exp(sub(x, y))),
    [Math.log(Math.E + Math.E ** 3), Math.log(Math.E ** 2 + Math.E ** 8)],
  ),
}

const reduce =
  (op: Op<ReduceAttributes>) =>
  (x: Node, axes: readonly number[], keep = false) =>
    make(op, [x], { axes: normalizeAxes(axes, x.shape.length) ?? axes, keep })

/** Sum over axes; an empty list of axes gives the tensor back. */
export const sum = reduce(sumOp)
export const mean = reduce(meanOp)
export const max = reduce(maxOp)
/** log(sum(exp(x))) over axes, computed relative to the maximum so that it does not overflow. */
export const logSumExp = reduce(logSumExpOp)

export const reduceOps = [sumOp, meanOp, maxOp, logSumExpOp]

import { broadcastShapes, showType, type Type } from '../base/type.ts'
import { cast } from './cast.ts'
import { Misfit, make } from './define.ts'
import { scalar } from './leaf.ts'
import { elementwise, opaque, perResult } from './traits.ts'
import type { Node, Op, Sample, Traits } from '../ir/node.ts'

/** Arithmetic and comparison of two tensors with NumPy's broadcasting. */

type None = Readonly<Record<string, never>>

function broadcastTypes(a: Type, b: Type): Type {
  if (a.dtype !== b.dtype)
    throw new Misfit(`mixes ${a.dtype} and ${b.dtype}`, `convert one of them: .cast('${a.dtype}')`)
  const shape = broadcastShapes(a.shape, b.shape)
  if (!shape) throw new Misfit(`shapes ${showType(a)} and ${showType(b)} do not broadcast`)
  return { dtype: a.dtype, shape }
}

const pair = ([a, b]: readonly Type[]): [Type, Type] => {
  if (!a || !b) throw new Misfit('needs two operands')
  return [a, b]
}
const operands = ({ inputs: [a, b] }: { inputs: readonly Node[] }): [Node, Node] => {
  if (!a || !b) throw new Error('a node lost its operands')
  return [a, b]
}

const float = (shape: readonly number[]): Type & { range: 'smooth' } => ({
  dtype: 'float64',
  shape,
  range: 'smooth',
})
const broadcastSamples: Sample<None>[] = [
  { inputs: [float([2, 3]), float([2, 3])], attributes: {} },
  { inputs: [float([2, 3]), float([3])], attributes: {} },
  { inputs: [float([2, 1, 3]), float([4, 1])], attributes: {} },
  { inputs: [float([]), float([2, 2])], attributes: {} },
]

type Gradient = (a: Node, b: Node, upstream: Node, result: Node) => readonly [() => Node, () => Node]

const binary = (
  name: string,
  operator: string,
  traits: Traits,
  gradient: Gradient,
  example: Sample<None>,
): Op<None> => ({
  name,
  traits,
  infer: (inputs) => broadcastTypes(...pair(inputs)),
  gradient: (node, upstream) => gradient(...operands(node), upstream, node),
  emit: (emitter, node, inputs) => emitter.node(operator, inputs, node),
  samples: [example, ...broadcastSamples],
})

const example = (a: number[], b: number[], expect: number[]): Sample<None> => ({
  inputs: [
    { dtype: 'float64', shape: [a.length], values: a },
    { dtype: 'float64', shape: [b.length], values: b },
  ],
  attributes: {},
  expect,
})

export const addOp = binary(
  'add',
  'Add',
  elementwise({ operands: 2, of: (a, b) => a + b }),
  (_a, _b, g) => [() => g, () => g],
  example([1, 2], [10, 20], [11, 22]),
)
export const subOp = binary(
  'sub',
  'Sub',
  elementwise({ operands: 2, of: (a, b) => a - b }),
  (_a, _b, g) => [() => g, () => scale(g, -1)],
  example([1, 2], [10, 20], [-9, -18]),
)
export const mulOp = binary(
  'mul',
  'Mul',
  elementwise({ operands: 2, of: (a, b) => a * b }, [0, 1]),
  (a, b, g) => [() => mul(g, b), () => mul(g, a)],
  example([2, 3], [4, 5], [8, 15]),
)
export const divOp = binary(
  'div',
  'Div',
  elementwise({ operands: 2, of: (a, b) => a / b }, [0]),
  (_a, b, g, y) => [() => div(g, b), () => scale(div(mul(g, y), b), -1)],
  example([1, 9], [4, -3], [0.25, -3]),
)

/** Ties share the gradient in halves, as in PyTorch. */
const chosen = (larger: Node, smaller: Node, g: Node): Node => {
  const wins = cast(greater(larger, smaller), g.dtype)
  const ties = cast(equal(larger, smaller), g.dtype)
  return mul(g, add(wins, mul(ties, scalar(g.dtype, 0.5))))
}
export const maximumOp = binary(
  'maximum',
  'Max',
  elementwise({ operands: 2, of: Math.max }),
  (a, b, g) => [() => chosen(a, b, g), () => chosen(b, a, g)],
  example([1, 5], [3, 2], [3, 5]),
)
export const minimumOp = binary(
  'minimum',
  'Min',
  elementwise({ operands: 2, of: Math.min }),
  (a, b, g) => [() => chosen(b, a, g), () => chosen(a, b, g)],
  example([1, 5], [3, 2], [1, 2]),
)

const comparison = (name: string, operator: string, expect: number[]): Op<None> => ({
  name,
  traits: opaque(perResult),
  infer: (inputs) => ({ ...broadcastTypes(...pair(inputs)), dtype: 'bool' }),
  gradient: () => [undefined, undefined],
  emit: (emitter, node, inputs) => emitter.node(operator, inputs, node),
  samples: [example([1, 2, 3], [3, 2, 1], expect)],
})
export const greaterOp = comparison('greater', 'Greater', [0, 0, 1])
export const greaterEqualOp = comparison('greaterEqual', 'GreaterOrEqual', [0, 1, 1])
export const lessOp = comparison('less', 'Less', [1, 0, 0])
export const lessEqualOp = comparison('lessEqual', 'LessOrEqual', [1, 1, 0])
export const equalOp = comparison('equal', 'Equal', [0, 1, 0])

export const whereOp: Op<None> = {
  name: 'where',
  traits: opaque(perResult),
  infer: ([condition, yes, no]) => {
    if (!condition || !yes || !no) throw new Misfit('needs a condition and two values')
    if (condition.dtype !== 'bool')
      throw new Misfit(`condition is ${showType(condition)}, not bool`, 'compare first: x.greater(0)')
    const values = broadcastTypes(yes, no)
    const shape = broadcastShapes(condition.shape, values.shape)
    if (!shape)
      throw new Misfit(`condition ${showType(condition)} does not broadcast with ${showType(values)}`)
    return { dtype: yes.dtype, shape }
  },
  gradient: ({ inputs: [condition] }, g) => {
    if (!condition) throw new Error('where lost its condition')
    const zero = scalar(g.dtype, 0)
    return [undefined, () => where(condition, g, zero), () => where(condition, zero, g)]
  },
  emit: (emitter, node, inputs) => emitter.node('Where', inputs, node),
  samples: [
    {
      inputs: [
        { dtype: 'bool', shape: [3], values: [1, 0, 1] },
        { dtype: 'float64', shape: [3], values: [1, 2, 3] },
        { dtype: 'float64', shape: [3], values: [4, 5, 6] },
      ],
      attributes: {},
      expect: [1, 5, 3],
    },
    { inputs: [{ dtype: 'bool', shape: [2, 1], values: [1, 0] }, float([3]), float([2, 3])], attributes: {} },
  ],
}

const none: None = {}
export const add = (a: Node, b: Node): Node => make(addOp, [a, b], none)
export const sub = (a: Node, b: Node): Node => make(subOp, [a, b], none)
export const mul = (a: Node, b: Node): Node => make(mulOp, [a, b], none)
export const div = (a: Node, b: Node): Node => make(divOp, [a, b], none)
export const maximum = (a: Node, b: Node): Node => make(maximumOp, [a, b], none)
export const minimum = (a: Node, b: Node): Node => make(minimumOp, [a, b], none)
export const greater = (a: Node, b: Node): Node => make(greaterOp, [a, b], none)
export const greaterEqual = (a: Node, b: Node): Node => make(greaterEqualOp, [a, b], none)
export const less = (a: Node, b: Node): Node => make(lessOp, [a, b], none)
export const lessEqual = (a: Node, b: Node): Node => make(lessEqualOp, [a, b], none)
export const equal = (a: Node, b: Node): Node => make(equalOp, [a, b], none)
export const where = (condition: Node, yes: Node, no: Node): Node => make(whereOp, [condition, yes, no], none)

/** `x * factor` for a number. */
export const scale = (x: Node, factor: number): Node => mul(x, scalar(x.dtype, factor))

export const elementwiseOps: readonly Op[] = [
  addOp,
  subOp,
  mulOp,
  divOp,
  maximumOp,
  minimumOp,
  greaterOp,
  greaterEqualOp,
  lessOp,
  lessEqualOp,
  equalOp,
  whereOp,
]

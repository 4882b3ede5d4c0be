import { isFloat } from '../base/dtype.ts'
import { Misfit, make, notEmitted } from './define.ts'
import { div, mul, scale, sub } from './elementwise.ts'
import { scalar } from './leaf.ts'
import { elementwise, exactly, nearly } from './traits.ts'
import type { Elementwise, Node, Op, SampleInput } from '../ir/node.ts'

/** Functions of one tensor, element by element. */

type None = Readonly<Record<string, never>>
const none: None = {}

/** Gradient of the input from the input x, the result y and the gradient g of the result. */
type Derivative = (x: Node, y: Node, g: Node) => Node

/** The op of a function that is one op of ONNX. */
export const unaryOp = (
  name: string,
  operator: string,
  how: Elementwise,
  derivative: Derivative | undefined,
  [at, expect]: readonly [readonly number[], readonly number[]],
  range: NonNullable<SampleInput['range']> = 'smooth',
): Op<None> => ({
  name,
  traits: elementwise(how),
  infer: ([x]) => {
    if (!x) throw new Misfit('needs one operand')
    if (!isFloat(x.dtype)) throw new Misfit(`is not defined on ${x.dtype}`, `convert first: .cast('float32')`)
    return x
  },
  gradient: (node, g) => {
    const [x] = node.inputs
    return [x && derivative ? () => derivative(x, node, g) : undefined]
  },
  emit: (emitter, node, inputs) => emitter.node(operator, inputs, node),
  samples: [
    { inputs: [{ dtype: 'float64', shape: [at.length], values: at }], attributes: none, expect },
    { inputs: [{ dtype: 'float64', shape: [2, 3], range }], attributes: none },
  ],
})

const one = (like: Node) => scalar(like.dtype, 1)

export const negOp = unaryOp(
  'neg',
  'Neg',
  exactly((x) => -x),
  (_x, _y, g) => neg(g),
  [
    [1, -2],
    [-1, 2],
  ],
)
export const expOp = unaryOp('exp', 'Exp', nearly(Math.exp), (_x, y, g) => mul(g, y), [
  [0, 1],
  [1, Math.E],
])
export const logOp = unaryOp(
  'log',
  'Log',
  nearly(Math.log),
  (x, _y, g) => div(g, x),
  [
    [1, Math.E],
    [0, 1],
  ],
  'positive',
)
export const sqrtOp = unaryOp(
  'sqrt',
  'Sqrt',
  exactly(Math.sqrt),
  (_x, y, g) => div(scale(g, 0.5), y),
  [
    [4, 9],
    [2, 3],
  ],
  'positive',
)
export const absOp = unaryOp('abs', 'Abs', exactly(Math.abs), (x, _y, g) => mul(g, sign(x)), [
  [-2, 3],
  [2, 3],
])
export const signOp = unaryOp('sign', 'Sign', nearly(Math.sign), undefined, [
  [-2, 0, 3],
  [-1, 0, 1],
])
export const tanhOp = unaryOp(
  'tanh',
  'Tanh',
  nearly(Math.tanh),
  (_x, y, g) => mul(g, sub(one(y), mul(y, y))),
  [[0], [0]],
)
export const sigmoidOp = unaryOp(
  'sigmoid',
  'Sigmoid',
  nearly((x) => 1 / (1 + Math.exp(-x))),
  (_x, y, g) => mul(mul(g, y), sub(one(y), y)),
  [
    [0, -1000, 1000],
    [0.5, 0, 1],
  ],
)
export const reluOp = unaryOp(
  'relu',
  'Relu',
  exactly((x) => Math.max(x, 0)),
  (_x, y, g) => mul(g, heaviside(y)),
  [
    [-1, 0, 2],
    [0, 0, 2],
  ],
)
export const floorOp = unaryOp('floor', 'Floor', nearly(Math.floor), undefined, [
  [-1.5, 1.5],
  [-2, 1],
])

/** log(1 + exp(x)). */
export const softplusOp: Op<None> = {
  ...unaryOp(
    'softplus',
    'Softplus',
    nearly((x) => Math.log1p(Math.exp(x))),
    (x, _y, g) => mul(g, sigmoid(x)),
    [
      [0, 1000, -1000],
      [Math.LN2, 1000, 0],
    ],
  ),
  emit: notEmitted,
}

/**
 * In float32 one saturating pass (a product with 3.4e38, clamped to 0..1) replaces compare and convert, at a
 * third of the time; only subnormal numbers (below 3e-39) come out between 0 and 1.
 */
export const heavisideOp: Op<None> = {
  ...unaryOp(
    'heaviside',
    '',
    nearly((x) => (x > 0 ? 1 : 0)),
    undefined,
    [
      [-1, 0, 2],
      [0, 0, 1],
    ],
  ),
  emit: (emitter, node, [x]) =>
    node.dtype === 'float32'
      ? emitter.node('HardSigmoid', [x], node, { alpha: { float: 3.4e38 }, beta: { float: 0 } })
      : notEmitted(emitter, node),
}

export const neg = (x: Node): Node => make(negOp, [x], none)
export const exp = (x: Node): Node => make(expOp, [x], none)
export const log = (x: Node): Node => make(logOp, [x], none)
export const sqrt = (x: Node): Node => make(sqrtOp, [x], none)
export const abs = (x: Node): Node => make(absOp, [x], none)
export const sign = (x: Node): Node => make(signOp, [x], none)
export const tanh = (x: Node): Node => make(tanhOp, [x], none)
export const sigmoid = (x: Node): Node => make(sigmoidOp, [x], none)
export const softplus = (x: Node): Node => make(softplusOp, [x], none)
export const relu = (x: Node): Node => make(reluOp, [x], none)
export const floor = (x: Node): Node => make(floorOp, [x], none)
/** 1 where x > 0, else 0, in the type of x. */
export const heaviside = (x: Node): Node => make(heavisideOp, [x], none)
export const square = (x: Node): Node => mul(x, x)

export const unaryOps = [
  negOp,
  expOp,
  logOp,
  sqrtOp,
  absOp,
  signOp,
  tanhOp,
  sigmoidOp,
  softplusOp,
  reluOp,
  floorOp,
  heavisideOp,
]

import { list } from './attributes.ts'
import {
  axisOf,
  bilinear,
  isPerSample,
  linear,
  nonlinear,
  only,
  settle,
  type Linearity,
  type Transfer,
} from './facts.ts'
import { join } from './layout.ts'

/** Transfer functions of ops that go element by element, and of reductions. */

const broadcasting =
  (linearity: Linearity): Transfer =>
  (node, operands) =>
    settle(operands, { ...join(node.shape, node.inputs, operands), linearity })

const [sum, product, curve] = [linear, bilinear, nonlinear].map(broadcasting) as [
  Transfer,
  Transfer,
  Transfer,
]
const quotient = broadcasting((summed) => !summed.includes(1))
const choice = broadcasting((summed) => !summed.includes(0))

const reduction =
  (isSum: boolean): Transfer =>
  (node, operands) => {
    const x = only(operands)
    const reduced = new Set(list(node, 'axes'))
    const keep = node.attributes.keep === true
    const axes = x.axes.flatMap((axis, i) => (reduced.has(i) ? (keep ? [{}] : []) : [axis]))
    const isLeft = axes.some(({ sample }) => sample !== undefined)
    const sums = isPerSample(x) && !isLeft
    const outcome = settle(operands, {
      axes,
      linearity: isSum ? linear : nonlinear,
      sums: sums && isSum,
      reduces: x.axes.some(({ unit }, i) => reduced.has(i) && unit !== undefined && unit[0] < unit[1]),
    })
    return sums && !isSum && !x.tangled ? { ...outcome, arises: [...outcome.arises, 'statistics'] } : outcome
  }

/** Maps [rows, channels, height, width] whose last two axes shrink or grow. */
const maps =
  (linearity: Linearity): Transfer =>
  (node, operands) => {
    const leading = join(
      node.shape.slice(0, 2),
      node.inputs.map((input) => ({ ...input, shape: input.shape.slice(0, 2) })),
      operands.map((x) => ({ ...x, axes: x.axes.slice(0, 2) })),
    )
    const places = [2, 3].map((axis) => ({ unit: axisOf(only(operands), axis).unit }))
    const mixes =
      leading.mixes || operands.some((x) => [2, 3].some((axis) => axisOf(x, axis).sample !== undefined))
    return settle(operands, { axes: [...leading.axes, ...places], mixes, linearity })
  }

/** Linear in the values that are moved to or from the maxima, the last operand. */
const atMaxima = maps((summed) => summed.every((position) => position === 2))

export const elementwiseTransfers = {
  add: sum,
  sub: sum,
  mul: product,
  div: quotient,
  maximum: curve,
  minimum: curve,
  greater: curve,
  greaterEqual: curve,
  less: curve,
  lessEqual: curve,
  equal: curve,
  where: choice,

  neg: sum,
  cast: sum,
  exp: curve,
  log: curve,
  sqrt: curve,
  abs: curve,
  sign: curve,
  tanh: curve,
  sigmoid: curve,
  softplus: curve,
  relu: curve,
  floor: curve,
  heaviside: curve,
  notNegative: curve,
  power: curve,
  stopGradient: sum,
  cut: sum,

  sum: reduction(true),
  mean: reduction(true),
  max: reduction(false),
  logSumExp: reduction(false),

  averagePool: maps(linear),
  maxPool: maps(nonlinear),
  maxPoolGradient: atMaxima,
  maxPoolPick: atMaxima,
  gridSample: maps((summed) => !summed.includes(1)),
}

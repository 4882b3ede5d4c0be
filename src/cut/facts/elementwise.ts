import { castOp } from '../../ops/cast.ts'
import {
  addOp,
  divOp,
  equalOp,
  greaterEqualOp,
  greaterOp,
  lessEqualOp,
  lessOp,
  maximumOp,
  minimumOp,
  mulOp,
  subOp,
  whereOp,
} from '../../ops/elementwise.ts'
import { gridSampleOp } from '../../ops/grid-sample.ts'
import { averagePoolOp } from '../../ops/average-pool.ts'
import { maxPoolGradientOp, maxPoolOp, maxPoolPickOp } from '../../ops/pool.ts'
import { powerOp } from '../../ops/power.ts'
import { logSumExpOp, maxOp, meanOp, sumOp, type ReduceAttributes } from '../../ops/reduce.ts'
import { isZeroOp, notNegativeOp } from '../../ops/step.ts'
import { topPlacesOp, type TopAttributes } from '../../ops/top.ts'
import { cosOp, sinOp } from '../../ops/trigonometry.ts'
import { cutOp, stopGradientOp } from '../../ops/stop.ts'
import {
  absOp,
  expOp,
  floorOp,
  heavisideOp,
  logOp,
  negOp,
  reluOp,
  sigmoidOp,
  signOp,
  softplusOp,
  sqrtOp,
  tanhOp,
} from '../../ops/unary.ts'
import {
  axisOf,
  bilinear,
  isPerSample,
  linear,
  nonlinear,
  of,
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
  (isSum: boolean): Transfer<ReduceAttributes> =>
  (node, operands) => {
    const x = only(operands)
    const { axes: along, keep } = node.attributes
    const reduced = new Set(along)
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

/** Places along an axis, which all of its elements make together. */
const ranking: Transfer<TopAttributes> = (node, operands) => {
  const x = only(operands)
  const { axis: along } = node.attributes
  const ranked = axisOf(x, along)
  const outcome = settle(operands, {
    axes: x.axes.map((axis, i) => (i === along ? {} : axis)),
    linearity: nonlinear,
    reduces: ranked.unit !== undefined && ranked.unit[0] < ranked.unit[1],
  })
  return ranked.sample !== undefined && !x.tangled
    ? { ...outcome, arises: [...outcome.arises, 'statistics'] }
    : outcome
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

export const elementwiseTransfers = [
  of(addOp, sum),
  of(subOp, sum),
  of(mulOp, product),
  of(divOp, quotient),
  of(maximumOp, curve),
  of(minimumOp, curve),
  of(greaterOp, curve),
  of(greaterEqualOp, curve),
  of(lessOp, curve),
  of(lessEqualOp, curve),
  of(equalOp, curve),
  of(whereOp, choice),
  of(negOp, sum),
  of(castOp, sum),
  of(expOp, curve),
  of(logOp, curve),
  of(sqrtOp, curve),
  of(absOp, curve),
  of(signOp, curve),
  of(tanhOp, curve),
  of(sigmoidOp, curve),
  of(softplusOp, curve),
  of(reluOp, curve),
  of(floorOp, curve),
  of(heavisideOp, curve),
  of(notNegativeOp, curve),
  of(isZeroOp, curve),
  of(powerOp, curve),
  of(sinOp, curve),
  of(cosOp, curve),
  of(stopGradientOp, sum),
  of(cutOp, sum),
  of(sumOp, reduction(true)),
  of(meanOp, reduction(true)),
  of(maxOp, reduction(false)),
  of(logSumExpOp, reduction(false)),
  of(topPlacesOp, ranking),
  of(averagePoolOp, maps(linear)),
  of(maxPoolOp, maps(nonlinear)),
  of(maxPoolGradientOp, atMaxima),
  of(maxPoolPickOp, atMaxima),
  of(
    gridSampleOp,
    maps((summed) => !summed.includes(1)),
  ),
]

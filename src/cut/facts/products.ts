import { convOp, inputGradientOp, weightGradientOp } from '../../ops/conv.ts'
import { matMulOp, type MatMulAttributes } from '../../ops/matmul.ts'
import { axisOf, bilinear, isPerSample, of, settle, type Axis, type Facts, type Transfer } from './facts.ts'
import { join } from './layout.ts'
import type { ConvAttributes } from '../../ops/window.ts'

/** Transfer functions of matrix products and convolutions. */

const pair = ([a, b]: readonly Facts[]): [Facts, Facts] => {
  if (!a || !b) throw new Error('a product lost its operands')
  return [a, b]
}

/** What becomes of two axes whose products are summed up: they must run over the same samples in step. */
function contract(left: Axis, right: Axis): { readonly sums: boolean; readonly mixes: boolean } {
  const both = left.sample !== undefined && right.sample !== undefined
  return {
    sums: left.sample !== undefined || right.sample !== undefined,
    mixes: both && left.sample !== right.sample,
  }
}

const matmul: Transfer<MatMulAttributes> = (node, operands) => {
  const [a, b] = pair(operands)
  const matrix = (x: Facts, transposed: boolean): [outer: Axis, inner: Axis] => {
    const [rows, columns] = [axisOf(x, x.axes.length - 2), axisOf(x, x.axes.length - 1)]
    return transposed ? [columns, rows] : [rows, columns]
  }
  const [m, left] = matrix(a, node.attributes.transposeA)
  const [right, n] = matrix(b, node.attributes.transposeB)
  const batch = join(
    node.shape.slice(0, -2),
    node.inputs.map((input) => ({ ...input, shape: input.shape.slice(0, -2) })),
    operands.map((x) => ({ ...x, axes: x.axes.slice(0, -2) })),
  )
  const axes = [...batch.axes, m, n]
  const { sums, mixes } = contract(left, right)
  const remains = axes.some(({ sample }) => sample !== undefined)
  return settle(operands, {
    axes,
    linearity: bilinear,
    // A sum over samples that still has a sample of its own: each reads all others.
    mixes: batch.mixes || mixes || (sums && remains),
    sums: sums && !remains,
    reduces: true,
  })
}

/** Rows may run over samples; other axes of maps and kernels that do are not understood. */
const isTangled = (x: Facts, first: number): boolean =>
  x.axes.some(({ sample }, axis) => axis >= first && sample !== undefined)

/** Of maps and kernels; `channels` is the axis of the kernels that becomes the channels of the result. */
const convolution =
  (channels: 0 | 1): Transfer<ConvAttributes> =>
  (node, operands) => {
    const [x, w] = pair(operands)
    const grouped = node.attributes.groups > 1 ? axisOf(x, 1).unit : undefined
    const unit = axisOf(w, channels).unit ?? grouped
    // Kernels without units (an average, say) leave the units on the axes where they were.
    const places = [2, 3].map((axis) => (unit ? {} : { unit: axisOf(x, axis).unit }))
    const bias = operands[2]
    return settle(operands, {
      axes: [axisOf(x, 0), { unit }, ...places],
      linearity: (summed) => bilinear(summed.filter((position) => position < 2)),
      mixes: isTangled(x, 1) || isTangled(w, 0) || (bias !== undefined && isTangled(bias, 0)),
      reduces: true,
    })
  }

const conv2dWeightGradient: Transfer = (_, operands) => {
  const [x, g] = pair(operands)
  const { sums, mixes } = contract(axisOf(x, 0), axisOf(g, 0))
  return settle(operands, {
    axes: [{ unit: axisOf(g, 1).unit }, { unit: axisOf(x, 1).unit }, {}, {}],
    linearity: bilinear,
    mixes: mixes || isTangled(x, 1) || isTangled(g, 1),
    sums: sums && operands.some(isPerSample),
    reduces: true,
  })
}

export const productTransfers = [
  of(matMulOp, matmul),
  of(convOp, convolution(0)),
  of(inputGradientOp, convolution(1)),
  of(weightGradientOp, conv2dWeightGradient),
]

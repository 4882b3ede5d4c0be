import { unary } from '../../ops/arity.ts'
import { at } from '../../base/lists.ts'
import { sizeOf } from '../../base/shapes.ts'
import { concatOp } from '../../ops/concat.ts'
import { broadcastOp, reshapeOp, transposeOp } from '../../ops/shape.ts'
import { padOp, sliceOp, type SliceAttributes } from '../../ops/slice.ts'
import { axisOf, hull, linear, of, only, settle, type Axis, type Transfer } from './facts.ts'
import { innerOf, join, reshaped, samplesAlong } from './layout.ts'

/** Transfer functions of ops that move elements. Samples may move in whole views only. */

const reshape: Transfer = (node, operands, images) => {
  const from = unary(node).shape
  const layout = reshaped(only(operands), from, node.shape, images)
  return settle(operands, { ...layout, tangles: layout.mixes, linearity: linear })
}

const transpose: Transfer<Readonly<{ order: readonly number[] }>> = (node, operands) => {
  const x = only(operands)
  return settle(operands, { axes: node.attributes.order.map((axis) => axisOf(x, axis)), linearity: linear })
}

/** A unit that is left alone on its axis is one of many, not a number made of all. */
const narrowed = ({ unit }: Axis, size: number): Axis['unit'] => (unit && size > 1 ? [1, size] : undefined)

const slice: Transfer<SliceAttributes> = (node, operands, images) => {
  const x = only(operands)
  const { starts, steps } = node.attributes
  let mixes = false
  const axes = node.shape.map((size, axis): Axis => {
    const found = axisOf(x, axis)
    const whole = sizeOf(unary(node).shape, axis)
    if (size === whole) return found
    const unit = narrowed(found, size)
    if (found.sample === undefined) return { unit }
    const all = samplesAlong(whole, found.sample, images)
    const [start, step] = [at(starts, axis), at(steps, axis)]
    const kept = Array.from({ length: size }, (_, i) => at(all, start + i * step))
    const sample = innerOf(kept, images)
    if (sample === undefined) mixes = true
    return { sample: sample ?? found.sample, unit }
  })
  return settle(operands, { axes, mixes, linearity: linear })
}

const pad: Transfer<Readonly<{ before: readonly number[]; after: readonly number[] }>> = (
  node,
  operands,
  images,
) => {
  const x = only(operands)
  const { before, after } = node.attributes
  let mixes = false
  const axes = node.shape.map((size, axis): Axis => {
    const { sample, unit } = axisOf(x, axis)
    const added = [at(before, axis), at(after, axis)]
    if (sample !== undefined && added.some((count) => count % (images * sample) !== 0)) mixes = true
    return { sample, unit: unit && [1, size] }
  })
  return settle(operands, { axes, mixes, linearity: linear })
}

const concat: Transfer<Readonly<{ axis: number }>> = (node, operands, images) => {
  const along = node.attributes.axis
  const joined = join(node.shape, node.inputs, operands)
  const parts = operands.map((x) => axisOf(x, along))
  const sample = parts.find((part) => part.sample !== undefined)?.sample
  const fits = parts.every((part, i) => {
    if (part.sample !== undefined || sample === undefined) return part.sample === sample
    return sizeOf(at(node.inputs, i).shape, along) % (images * sample) === 0
  })
  const units = parts.reduce<Axis['unit']>((all, { unit }) => hull(all, unit), undefined)
  const axes = joined.axes.map((axis, i) =>
    i === along ? { sample, unit: units && ([1, sizeOf(node.shape, along)] as const) } : axis,
  )
  const mixes = joined.mixes || (sample !== undefined && !fits)
  return settle(operands, { axes, mixes, linearity: linear })
}

const broadcast: Transfer = (node, operands) =>
  settle(operands, { ...join(node.shape, node.inputs, operands), linearity: linear })

export const shapeTransfers = [
  of(reshapeOp, reshape),
  of(transposeOp, transpose),
  of(sliceOp, slice),
  of(padOp, pad),
  of(concatOp, concat),
  of(broadcastOp, broadcast),
]

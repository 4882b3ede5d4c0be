import { list, numeric } from './attributes.ts'
import { axisOf, hull, linear, only, settle, type Axis, type Transfer } from './facts.ts'
import { innerOf, join, reshaped, samplesAlong } from './layout.ts'

/** Transfer functions of ops that move elements. Samples may move in whole views only. */

const reshape: Transfer = (node, operands, images) => {
  const from = node.inputs[0]?.shape ?? []
  return settle(operands, { ...reshaped(only(operands), from, node.shape, images), linearity: linear })
}

const transpose: Transfer = (node, operands) => {
  const x = only(operands)
  return settle(operands, { axes: list(node, 'order').map((axis) => axisOf(x, axis)), linearity: linear })
}

/** A unit that is left alone on its axis is one of many, not a number made of all. */
const narrowed = ({ unit }: Axis, size: number): Axis['unit'] => (unit && size > 1 ? [1, size] : undefined)

const slice: Transfer = (node, operands, images) => {
  const x = only(operands)
  const [starts, steps] = [list(node, 'starts'), list(node, 'steps')]
  let mixes = false
  const axes = node.shape.map((size, axis): Axis => {
    const found = axisOf(x, axis)
    const whole = node.inputs[0]?.shape[axis] ?? size
    if (size === whole) return found
    const unit = narrowed(found, size)
    if (found.sample === undefined) return { unit }
    const all = samplesAlong(whole, found.sample, images)
    const [start, step] = [starts[axis] ?? 0, steps[axis] ?? 1]
    const kept = Array.from({ length: size }, (_, i) => all[start + i * step] ?? -1)
    const sample = innerOf(kept, images)
    if (sample === undefined) mixes = true
    return { sample: sample ?? found.sample, unit }
  })
  return settle(operands, { axes, mixes, linearity: linear })
}

const pad: Transfer = (node, operands, images) => {
  const x = only(operands)
  const [before, after] = [list(node, 'before'), list(node, 'after')]
  let mixes = false
  const axes = node.shape.map((size, axis): Axis => {
    const { sample, unit } = axisOf(x, axis)
    const added = [before[axis] ?? 0, after[axis] ?? 0]
    if (sample !== undefined && added.some((count) => count % (images * sample) !== 0)) mixes = true
    return { sample, unit: unit && [1, size] }
  })
  return settle(operands, { axes, mixes, linearity: linear })
}

const concat: Transfer = (node, operands, images) => {
  const along = numeric(node, 'axis')
  const joined = join(node.shape, node.inputs, operands)
  const parts = operands.map((x) => axisOf(x, along))
  const sample = parts.find((part) => part.sample !== undefined)?.sample
  const fits = parts.every((part, i) => {
    const size = node.inputs[i]?.shape[along] ?? 0
    return part.sample === undefined ? size % (images * (sample ?? 1)) === 0 : part.sample === sample
  })
  const units = parts.reduce<Axis['unit']>((all, { unit }) => hull(all, unit), undefined)
  const axes = joined.axes.map((axis, i) =>
    i === along ? { sample, unit: units && ([1, node.shape[along] ?? 1] as const) } : axis,
  )
  const mixes = joined.mixes || (sample !== undefined && !fits)
  return settle(operands, { axes, mixes, linearity: linear })
}

const broadcast: Transfer = (node, operands) =>
  settle(operands, { ...join(node.shape, node.inputs, operands), linearity: linear })

export const shapeTransfers = { reshape, transpose, slice, pad, concat, broadcast }

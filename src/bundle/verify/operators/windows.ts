import { at } from '../../../base/lists.ts'
import { bytesPerElement } from '../../../base/dtype.ts'
import { fourAxes } from '../../../base/shapes.ts'
import { elements, sameShape, type Shape } from '../../../base/type.ts'
import type { Call, Known, Operator, Operators } from '../call.ts'

/** Windows over maps [images, channels, height, width]. */

interface Window {
  readonly kernel: Shape
  /** For each of height and width, of how many places in how many the window comes to lie. */
  readonly placed: (size: number, axis: number) => number
  /** The other way round. */
  readonly spread: (size: number, axis: number) => number
}

function windowOf(call: Call, isPadded = true): Window {
  const kernel = call.wholes('kernel_shape', 2, 1)
  const strides = call.wholes('strides', 2, 1)
  const dilations = isPadded ? call.wholes('dilations', 2, 1) : [1, 1]
  const pads = isPadded ? call.wholes('pads', 4) : [0, 0, 0, 0]
  const reach = (axis: number): number => (at(kernel, axis) - 1) * at(dilations, axis) + 1
  const padded = (axis: number): number => at(pads, axis) + at(pads, axis + 2)
  return {
    kernel,
    placed: (size, axis) => Math.floor((size + padded(axis) - reach(axis)) / at(strides, axis)) + 1,
    spread: (size, axis) => (size - 1) * at(strides, axis) + reach(axis) - padded(axis),
  }
}

const maps = (call: Call, index: number) => {
  const { shape } = call.operand(index)
  if (shape.length !== 4) throw call.misfit()
  return fourAxes(shape)
}

/** Channels of one group, of so many. */
const ofGroup = (call: Call, channels: number, groups: number): number => {
  if (groups < 1 || channels % groups !== 0) throw call.misfit()
  return channels / groups
}

const requireBias = (call: Call, channels: number): void => {
  const bias = call.operands[2]
  if (bias && !sameShape(bias.shape, [channels])) throw call.misfit()
}

/** Windows of one image as columns, as onnxruntime writes them down to multiply them. */
const columns = ({ dtype }: Known, rows: number, places: number): number =>
  rows * places * bytesPerElement[dtype]

const conv: Operator = (call) => {
  call.requireOperands(2, 3)
  const { dtype } = call.operand(0)
  const [images, channels, height, width] = maps(call, 0)
  const [outputs, inner, ...kernel] = maps(call, 1)
  const { kernel: told, placed } = windowOf(call)
  if (!sameShape(told, kernel) || ofGroup(call, channels, call.whole('group')) !== inner) throw call.misfit()
  ofGroup(call, outputs, call.whole('group'))
  requireBias(call, outputs)
  const size = [placed(height, 0), placed(width, 1)]
  const shape = [images, outputs, ...size]
  const rows = inner * elements(kernel)
  return {
    results: [{ dtype, shape }],
    work: elements(shape) * rows,
    workspace: columns(call.operand(0), rows, elements(size)),
  }
}

const convTranspose: Operator = (call) => {
  call.requireOperands(2)
  const { dtype } = call.operand(0)
  const [images, channels, height, width] = maps(call, 0)
  const [inputs, ofEach, ...kernel] = maps(call, 1)
  const { kernel: told, spread } = windowOf(call)
  const groups = call.whole('group')
  const more = call.wholes('output_padding', 2)
  if (!sameShape(told, kernel) || inputs !== channels) throw call.misfit()
  const inner = ofGroup(call, channels, groups)
  const size = [spread(height, 0) + at(more, 0), spread(width, 1) + at(more, 1)]
  const rows = ofEach * elements(kernel)
  return {
    results: [{ dtype, shape: [images, ofEach * groups, ...size] }],
    work: images * groups * rows * height * width * inner,
    workspace: columns(call.operand(0), rows, height * width),
  }
}

const pool =
  (isPadded: boolean): Operator =>
  (call) => {
    call.requireOperands(1)
    const { dtype } = call.operand(0)
    const [images, channels, height, width] = maps(call, 0)
    const { kernel, placed } = windowOf(call, isPadded)
    const shape = [images, channels, placed(height, 0), placed(width, 1)]
    // The places of the largest are told, too, where somebody wants them.
    const places: Known[] = isPadded ? [{ dtype: 'int64', shape }] : []
    return { results: [{ dtype, shape }, ...places], work: elements(shape) * elements(kernel) }
  }

const gridSample: Operator = (call) => {
  call.requireOperands(2)
  const { dtype } = call.operand(0)
  const [images, channels] = maps(call, 0)
  const [rows, height, width, two] = maps(call, 1)
  call.text('mode', 'bilinear')
  call.text('padding_mode', 'border')
  if (rows !== images || two !== 2 || call.whole('align_corners') !== 0) throw call.misfit()
  return { results: [{ dtype, shape: [images, channels, height, width] }] }
}

export const windows: Operators = {
  AveragePool: pool(false),
  Conv: conv,
  ConvTranspose: convTranspose,
  GridSample: gridSample,
  MaxPool: pool(true),
}

import { broadcastShapes, elements, sameShape, type Shape, type Type } from '../base/type.ts'
import { Misfit, make } from './define.ts'
import { moving, noWork, opaque, reshaping } from './traits.ts'
import type { Node, Op, SampleInput } from '../ir/node.ts'

/** Ops that move elements without changing them. */

const only = (inputs: readonly Type[]): Type => {
  const [x] = inputs
  if (!x) throw new Misfit('needs one operand')
  return x
}
const operand = (node: Node): Node => {
  const [x] = node.inputs
  if (!x) throw new Error(`${node.op.name} lost its operand`)
  return x
}
const smooth = (shape: Shape): SampleInput => ({ dtype: 'float64', shape, range: 'smooth' })
const counting = (shape: Shape): SampleInput => ({
  dtype: 'float64',
  shape,
  values: Array.from({ length: elements(shape) }, (_, i) => i),
})

export const reshapeOp: Op<Readonly<{ shape: Shape }>> = {
  name: 'reshape',
  traits: reshaping,
  infer: (inputs, { shape }) => {
    const x = only(inputs)
    if (elements(shape) !== elements(x.shape))
      throw new Misfit(
        `[${x.shape.join(', ')}] has ${elements(x.shape)} elements, [${shape.join(', ')}] has ${elements(shape)}`,
      )
    return { dtype: x.dtype, shape }
  },
  gradient: (node, g) => [() => reshape(g, operand(node).shape)],
  emit: (emitter, node, [x]) => emitter.node('Reshape', [x, emitter.integers(node.shape)], node),
  samples: [{ inputs: [counting([2, 3])], attributes: { shape: [3, 2, 1] }, expect: [0, 1, 2, 3, 4, 5] }],
}

export const transposeOp: Op<Readonly<{ order: readonly number[] }>> = {
  name: 'transpose',
  traits: moving,
  infer: (inputs, { order }) => {
    const x = only(inputs)
    if (
      !sameShape(
        [...order].sort((a, b) => a - b),
        x.shape.map((_, axis) => axis),
      )
    )
      throw new Misfit(`[${order.join(', ')}] is not an order of ${x.shape.length} axes`)
    return { dtype: x.dtype, shape: order.map((axis) => x.shape[axis] ?? 0) }
  },
  gradient: ({ attributes: { order } }, g) => [
    () =>
      transpose(
        g,
        order.map((_, axis) => order.indexOf(axis)),
      ),
  ],
  emit: (emitter, node, inputs) => emitter.node('Transpose', inputs, node, { perm: node.attributes.order }),
  samples: [
    { inputs: [counting([2, 3])], attributes: { order: [1, 0] }, expect: [0, 3, 1, 4, 2, 5] },
    { inputs: [smooth([2, 3, 4])], attributes: { order: [2, 0, 1] } },
  ],
}

export type SliceAttributes = Readonly<{
  starts: readonly number[]
  ends: readonly number[]
  steps: readonly number[]
}>

export const sliceOp: Op<SliceAttributes> = {
  name: 'slice',
  traits: moving,
  infer: (inputs, { starts, ends, steps }) => {
    const x = only(inputs)
    const shape = x.shape.map((size, axis) => {
      const [start, end, step] = [starts[axis] ?? 0, ends[axis] ?? size, steps[axis] ?? 1]
      if (start < 0 || end > size || start > end || step < 1)
        throw new Misfit(`${start}:${end}:${step} is not a range of axis ${axis}, which has ${size} elements`)
      return Math.ceil((end - start) / step)
    })
    return { dtype: x.dtype, shape }
  },
  gradient: (node, g) => [
    () => {
      const { starts, steps } = node.attributes
      const { shape } = operand(node)
      const dilated = g.shape.map((size, axis) => (size === 0 ? 0 : (size - 1) * (steps[axis] ?? 1) + 1))
      const before = g.shape.map((_, axis) => starts[axis] ?? 0)
      const after = shape.map((size, axis) => size - (before[axis] ?? 0) - (dilated[axis] ?? 0))
      return pad(dilate(g, steps), before, after)
    },
  ],
  emit: (emitter, node, [x]) => {
    const { starts, ends, steps } = node.attributes
    const axes = starts.map((_, axis) => axis)
    return emitter.node(
      'Slice',
      [x, ...[starts, ends, axes, steps].map((list) => emitter.integers(list))],
      node,
    )
  },
  samples: [
    {
      inputs: [counting([2, 3])],
      attributes: { starts: [0, 1], ends: [2, 3], steps: [1, 1] },
      expect: [1, 2, 4, 5],
    },
    { inputs: [smooth([5, 4])], attributes: { starts: [1, 0], ends: [5, 4], steps: [2, 3] } },
  ],
}

export const padOp: Op<Readonly<{ before: readonly number[]; after: readonly number[] }>> = {
  name: 'pad',
  traits: { ...opaque(noWork), zeroWith: [0] },
  infer: (inputs, { before, after }) => {
    const x = only(inputs)
    if (
      before.length !== x.shape.length ||
      after.length !== x.shape.length ||
      [...before, ...after].some((n) => n < 0)
    )
      throw new Misfit(`needs a non-negative padding before and after each of ${x.shape.length} axes`)
    return {
      dtype: x.dtype,
      shape: x.shape.map((size, axis) => size + (before[axis] ?? 0) + (after[axis] ?? 0)),
    }
  },
  gradient: (node, g) => [
    () => {
      const { before } = node.attributes
      return slice(
        g,
        before,
        operand(node).shape.map((size, axis) => size + (before[axis] ?? 0)),
      )
    },
  ],
  emit: (emitter, node, [x]) => {
    const { before, after } = node.attributes
    return emitter.node('Pad', [x, emitter.integers([...before, ...after])], node)
  },
  samples: [
    { inputs: [counting([1, 2])], attributes: { before: [0, 1], after: [1, 0] }, expect: [0, 0, 1, 0, 0, 0] },
    { inputs: [smooth([2, 3])], attributes: { before: [1, 0], after: [0, 2] } },
  ],
}

export const concatOp: Op<Readonly<{ axis: number }>> = {
  name: 'concat',
  traits: moving,
  infer: (inputs, { axis }) => {
    const first = only(inputs)
    for (const { dtype, shape } of inputs) {
      const fits =
        dtype === first.dtype && shape.length === first.shape.length && axis >= 0 && axis < shape.length
      if (!fits || shape.some((size, i) => i !== axis && size !== first.shape[i]))
        throw new Misfit(`tensors must have one type and agree in all axes but ${axis}`)
    }
    const total = inputs.reduce((sum, { shape }) => sum + (shape[axis] ?? 0), 0)
    return { dtype: first.dtype, shape: first.shape.map((size, i) => (i === axis ? total : size)) }
  },
  gradient: (node, g) => {
    const { axis } = node.attributes
    let start = 0
    return node.inputs.map((input) => {
      const from = g.shape.map((_, i) => (i === axis ? start : 0))
      start += input.shape[axis] ?? 0
      const to = g.shape.map((size, i) => (i === axis ? (from[i] ?? 0) + (input.shape[axis] ?? 0) : size))
      return () => slice(g, from, to)
    })
  },
  emit: (emitter, node, inputs) => emitter.node('Concat', inputs, node, { axis: node.attributes.axis }),
  samples: [
    { inputs: [counting([2, 1]), counting([2, 2])], attributes: { axis: 1 }, expect: [0, 0, 1, 1, 2, 3] },
    { inputs: [smooth([1, 2]), smooth([2, 2]), smooth([1, 2])], attributes: { axis: 0 } },
  ],
}

export const broadcastOp: Op<Readonly<{ shape: Shape }>> = {
  name: 'broadcast',
  traits: reshaping,
  infer: (inputs, { shape }) => {
    const x = only(inputs)
    const common = broadcastShapes(x.shape, shape)
    if (!common || !sameShape(common, shape))
      throw new Misfit(`[${x.shape.join(', ')}] does not broadcast to [${shape.join(', ')}]`)
    return { dtype: x.dtype, shape }
  },
  gradient: (_, g) => [() => g],
  emit: (emitter, node, [x]) => emitter.node('Expand', [x, emitter.integers(node.shape)], node),
  samples: [
    { inputs: [counting([2, 1])], attributes: { shape: [2, 2] }, expect: [0, 0, 1, 1] },
    { inputs: [smooth([3])], attributes: { shape: [2, 3] } },
  ],
}

export const reshape = (x: Node, shape: Shape): Node =>
  sameShape(x.shape, shape) ? x : make(reshapeOp, [x], { shape })

/** Reorders the axes: axis i of the result is axis order[i] of x. */
export const transpose = (x: Node, order: readonly number[]): Node =>
  order.length === x.shape.length && order.every((axis, i) => axis === i)
    ? x
    : make(transposeOp, [x], { order })

/** Elements from `starts` up to but not including `ends`, every `steps`-th, for all axes. */
export const slice = (
  x: Node,
  starts: readonly number[],
  ends: readonly number[],
  steps: readonly number[] = starts.map(() => 1),
): Node => make(sliceOp, [x], { starts, ends, steps })

/** Zeros before and after each axis. */
export const pad = (x: Node, before: readonly number[], after: readonly number[]): Node =>
  [...before, ...after].every((n) => n === 0) ? x : make(padOp, [x], { before, after })

export const concat = (inputs: readonly Node[], axis: number): Node => make(concatOp, inputs, { axis })

export const broadcast = (x: Node, shape: Shape): Node =>
  sameShape(x.shape, shape) ? x : make(broadcastOp, [x], { shape })

/** `steps[i] - 1` zeros between neighbours along axis i. */
function dilate(x: Node, steps: readonly number[]): Node {
  let result = x
  steps.forEach((step, axis) => {
    const { shape } = result
    if (step === 1 || shape[axis] === 1 || shape[axis] === 0) return
    const split = [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)]
    const gap = split.map((_, i) => (i === axis + 1 ? step - 1 : 0))
    const spaced = pad(
      reshape(result, split),
      split.map(() => 0),
      gap,
    )
    const merged = shape.map((size, i) => (i === axis ? size * step : size))
    const ends = merged.map((size, i) => (i === axis ? size - step + 1 : size))
    result = slice(
      reshape(spaced, merged),
      merged.map(() => 0),
      ends,
    )
  })
  return result
}

export const shapeOps = [reshapeOp, transposeOp, sliceOp, padOp, concatOp, broadcastOp]

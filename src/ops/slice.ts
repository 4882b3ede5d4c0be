import { at } from '../base/lists.ts'
import { unary } from './arity.ts'
import { Misfit, make, onlyType } from './define.ts'
import { counting, smooth } from './samples.ts'
import { reshape } from './shape.ts'
import { moving, noWork, opaque } from './traits.ts'
import type { Node, Op } from '../ir/node.ts'

/** Slices, and padding with zeros: the gradient of either is the other. */

export type SliceAttributes = Readonly<{
  starts: readonly number[]
  ends: readonly number[]
  steps: readonly number[]
}>

export const sliceOp: Op<SliceAttributes> = {
  name: 'slice',
  traits: moving,
  infer: (inputs, { starts, ends, steps }) => {
    const x = onlyType(inputs)
    if ([starts, ends, steps].some(({ length }) => length !== x.shape.length))
      throw new Misfit(`needs a start, an end and a step for each of ${x.shape.length} axes`)
    const shape = x.shape.map((size, axis) => {
      const [start, end, step] = [at(starts, axis), at(ends, axis), at(steps, axis)]
      if (start < 0 || end > size || start > end || step < 1)
        throw new Misfit(`${start}:${end}:${step} is not a range of axis ${axis}, which has ${size} elements`)
      return Math.ceil((end - start) / step)
    })
    return { dtype: x.dtype, shape }
  },
  gradient: (node, g) => [
    () => {
      const { starts, steps } = node.attributes
      const { shape } = unary(node)
      const dilated = g.shape.map((size, axis) => (size === 0 ? 0 : (size - 1) * at(steps, axis) + 1))
      const after = shape.map((size, axis) => size - at(starts, axis) - at(dilated, axis))
      return pad(dilate(g, steps), starts, after)
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

/** Elements from `starts` up to but not including `ends`, every `steps`-th, for all axes. */
export const slice = (
  x: Node,
  starts: readonly number[],
  ends: readonly number[],
  steps: readonly number[] = starts.map(() => 1),
): Node => make(sliceOp, [x], { starts, ends, steps })

export const padOp: Op<Readonly<{ before: readonly number[]; after: readonly number[] }>> = {
  name: 'pad',
  traits: { ...opaque(noWork), zeroWith: [0] },
  infer: (inputs, { before, after }) => {
    const x = onlyType(inputs)
    if (
      before.length !== x.shape.length ||
      after.length !== x.shape.length ||
      [...before, ...after].some((n) => n < 0)
    )
      throw new Misfit(`needs a non-negative padding before and after each of ${x.shape.length} axes`)
    return {
      dtype: x.dtype,
      shape: x.shape.map((size, axis) => size + at(before, axis) + at(after, axis)),
    }
  },
  gradient: (node, g) => [
    () => {
      const { before } = node.attributes
      return slice(
        g,
        before,
        unary(node).shape.map((size, axis) => size + at(before, axis)),
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

/** Zeros before and after each axis. */
export const pad = (x: Node, before: readonly number[], after: readonly number[]): Node =>
  [...before, ...after].every((n) => n === 0) ? x : make(padOp, [x], { before, after })

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

export const sliceOps = [sliceOp, padOp]

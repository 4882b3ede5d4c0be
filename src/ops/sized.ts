import { sameShape, type Shape, type Type } from '../base/type.ts'
import { Misfit, make } from './define.ts'
import { counting } from './samples.ts'
import { moving, noWork, opaque, reshaping } from './traits.ts'
import type { Emitter, Node, Op } from '../ir/node.ts'
import type { Value } from '../ir/emitter.ts'

/**
 * Shapes that a graph computes as it runs: ops of graphs that take any number of images. Types name the sizes of one
 * batch, the example that such a graph was traced with.
 */

/** A size is a number, or so many times the number of rows. */
export type Sizes = readonly (number | Readonly<{ times: number }>)[]

const list = (length: number): Type => ({ dtype: 'int64', shape: [length] })

/** How many rows a value has: int64 [1]. */
export const rowCountOp: Op = {
  name: 'rowCount',
  traits: opaque(noWork),
  infer: ([x]) => {
    if (!x || x.shape.length === 0) throw new Misfit('needs a value with rows')
    return list(1)
  },
  emit: (emitter, node, [x]) => emitter.node('Shape', [x], node, { start: 0, end: 1 }),
  samples: [{ inputs: [counting([3, 2])], attributes: {}, expect: [3] }],
}

export const rowCount = (x: Node): Node => make(rowCountOp, [x], {})

/** `fixed[i] + times[i] · count`, of which one of the two is 0. */
type SizesAttributes = Readonly<{ fixed: readonly number[]; times: readonly number[] }>

function emitSizes(emitter: Emitter, { fixed, times }: SizesAttributes, count: Value): Value {
  const one = (factor: number): Value =>
    factor === 1 ? count : emitter.node('Mul', [count, emitter.integers([factor])], list(1))
  const parts = fixed.map((size, i) => {
    const factor = times[i] ?? NaN
    return factor === 0 ? emitter.integers([size]) : one(factor)
  })
  return parts.length === 1 && parts[0] !== undefined
    ? parts[0]
    : emitter.node('Concat', parts, list(parts.length), { axis: 0 })
}

export const sizesOp: Op<SizesAttributes> = {
  name: 'sizes',
  traits: opaque(noWork),
  infer: ([count], { fixed, times }) => {
    if (count?.dtype !== 'int64' || fixed.length !== times.length) throw new Misfit('needs a count')
    return list(fixed.length)
  },
  emit: (emitter, node, [count]) => {
    if (count === undefined) throw new Error('sizes lost their count')
    return emitSizes(emitter, node.attributes, count)
  },
  samples: [
    {
      inputs: [{ dtype: 'int64', shape: [1], values: [2] }],
      attributes: { fixed: [0, 5, 0], times: [3, 0, 1] },
      expect: [6, 5, 2],
    },
  ],
}

/** Sizes as a list that the graph computes, int64 [axes]. */
export const sizesNode = (count: Node, sizes: Sizes): Node =>
  make(sizesOp, [count], {
    fixed: sizes.map((size) => (typeof size === 'number' ? size : 0)),
    times: sizes.map((size) => (typeof size === 'number' ? 0 : size.times)),
  })

type Example = Readonly<{ shape: Shape }>

const inferAs =
  (what: string): Op<Example>['infer'] =>
  ([x, sizes], { shape }) => {
    if (!x || sizes?.dtype !== 'int64' || !sameShape(sizes.shape, [shape.length]))
      throw new Misfit(`${what} needs a value and a size for each of ${shape.length} axes`)
    return { dtype: x.dtype, shape }
  }

/** The same numbers in the same order under a shape that is given: as ONNX's Reshape, with -1 for what is left. */
export const reshapeToOp: Op<Example> = {
  name: 'reshapeTo',
  traits: reshaping,
  infer: inferAs('reshapeTo'),
  emit: (emitter, node, inputs) => emitter.node('Reshape', inputs, node),
  samples: [
    {
      inputs: [counting([2, 3]), { dtype: 'int64', shape: [2], values: [-1, 2] }],
      attributes: { shape: [3, 2] },
      expect: [0, 1, 2, 3, 4, 5],
    },
  ],
}

/** Repeated to a shape that is given, in which 1 keeps the size of the operand's axis: as ONNX's Expand. */
export const broadcastToOp: Op<Example> = {
  name: 'broadcastTo',
  traits: reshaping,
  infer: inferAs('broadcastTo'),
  emit: (emitter, node, inputs) => emitter.node('Expand', inputs, node),
  samples: [
    {
      inputs: [counting([2, 1]), { dtype: 'int64', shape: [2], values: [1, 2] }],
      attributes: { shape: [2, 2] },
      expect: [0, 0, 1, 1],
    },
  ],
}

/** Elements from starts to ends that are given, every `steps`-th, for all axes. */
export const sliceToOp: Op<Example & Readonly<{ steps: readonly number[] }>> = {
  name: 'sliceTo',
  traits: moving,
  infer: ([x, starts, ends], { shape }) => {
    if (x?.shape.length !== shape.length || !sameShape(starts?.shape ?? [], ends?.shape ?? []))
      throw new Misfit('needs a value, and a start and an end for each axis')
    return { dtype: x.dtype, shape }
  },
  emit: (emitter, node, inputs) => {
    const { steps } = node.attributes
    const axes = emitter.integers(steps.map((_, axis) => axis))
    return emitter.node('Slice', [...inputs, axes, emitter.integers(steps)], node)
  },
  samples: [
    {
      inputs: [
        counting([2, 3]),
        { dtype: 'int64', shape: [2], values: [1, 0] },
        { dtype: 'int64', shape: [2], values: [2, 3] },
      ],
      attributes: { shape: [1, 2], steps: [1, 2] },
      expect: [3, 5],
    },
  ],
}

export const sizedOps = [rowCountOp, sizesOp, reshapeToOp, broadcastToOp, sliceToOp]

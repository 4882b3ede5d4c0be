import { sizeOf } from '../base/shapes.ts'
import { broadcastShapes, elements, sameShape, type Shape } from '../base/type.ts'
import { unary } from './arity.ts'
import { Misfit, make, onlyType } from './define.ts'
import { counting, smooth } from './samples.ts'
import { moving, reshaping } from './traits.ts'
import type { Node, Op } from '../ir/node.ts'

/** Ops that give all elements another shape or order, and one that repeats them. */

export const reshapeOp: Op<Readonly<{ shape: Shape }>> = {
  name: 'reshape',
  traits: reshaping,
  infer: (inputs, { shape }) => {
    const x = onlyType(inputs)
    if (elements(shape) !== elements(x.shape))
      throw new Misfit(
        `[${x.shape.join(', ')}] has ${elements(x.shape)} elements, [${shape.join(', ')}] has ${elements(shape)}`,
      )
    return { dtype: x.dtype, shape }
  },
  gradient: (node, g) => [() => reshape(g, unary(node).shape)],
  emit: (emitter, node, [x]) => emitter.node('Reshape', [x, emitter.integers(node.shape)], node),
  samples: [{ inputs: [counting([2, 3])], attributes: { shape: [3, 2, 1] }, expect: [0, 1, 2, 3, 4, 5] }],
}

export const reshape = (x: Node, shape: Shape): Node =>
  sameShape(x.shape, shape) ? x : make(reshapeOp, [x], { shape })

export const transposeOp: Op<Readonly<{ order: readonly number[] }>> = {
  name: 'transpose',
  traits: moving,
  infer: (inputs, { order }) => {
    const x = onlyType(inputs)
    if (
      !sameShape(
        [...order].sort((a, b) => a - b),
        x.shape.map((_, axis) => axis),
      )
    )
      throw new Misfit(`[${order.join(', ')}] is not an order of ${x.shape.length} axes`)
    return { dtype: x.dtype, shape: order.map((axis) => sizeOf(x.shape, axis)) }
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

/** Reorders the axes: axis i of the result is axis order[i] of x. */
export const transpose = (x: Node, order: readonly number[]): Node =>
  order.length === x.shape.length && order.every((axis, i) => axis === i)
    ? x
    : make(transposeOp, [x], { order })

export const broadcastOp: Op<Readonly<{ shape: Shape }>> = {
  name: 'broadcast',
  traits: reshaping,
  infer: (inputs, { shape }) => {
    const x = onlyType(inputs)
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

export const broadcast = (x: Node, shape: Shape): Node =>
  sameShape(x.shape, shape) ? x : make(broadcastOp, [x], { shape })

export const shapeOps = [reshapeOp, transposeOp, broadcastOp]

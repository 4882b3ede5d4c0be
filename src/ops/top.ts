import { isFloat } from '../base/dtype.ts'
import { sizeOf } from '../base/shapes.ts'
import { unary } from './arity.ts'
import { Misfit, make, onlyType } from './define.ts'
import { opaque, perOperand } from './traits.ts'
import type { Node, Op } from '../ir/node.ts'

export type TopAttributes = Readonly<{ count: number; axis: number }>

/** Where the largest elements along an axis are, the largest first; of equal ones the one with the lower place. */
export const topPlacesOp: Op<TopAttributes> = {
  name: 'topPlaces',
  traits: opaque(perOperand),
  infer: (inputs, { count, axis }) => {
    const x = onlyType(inputs)
    if (!isFloat(x.dtype)) throw new Misfit(`is not defined on ${x.dtype}`, `convert first: .cast('float32')`)
    const size = sizeOf(x.shape, axis)
    if (count < 1 || count > size) throw new Misfit(`takes ${count} of the ${size} elements of axis ${axis}`)
    return { dtype: 'int64', shape: x.shape.map((whole, i) => (i === axis ? count : whole)) }
  },
  gradient: () => [undefined],
  emit: (emitter, node, inputs) => {
    const { count, axis } = node.attributes
    const values = { dtype: unary(node).dtype, shape: node.shape }
    return emitter.second('TopK', [...inputs, emitter.integers([count])], values, node, { axis })
  },
  samples: [
    {
      inputs: [{ dtype: 'float64', shape: [2, 3], values: [1, 3, 2, 5, 4, 5] }],
      attributes: { count: 2, axis: 1 },
      expect: [1, 2, 0, 2],
    },
    {
      inputs: [{ dtype: 'float64', shape: [3, 2], values: [1, 3, 2, 5, 4, 5] }],
      attributes: { count: 1, axis: 0 },
      expect: [2, 1],
    },
  ],
}

export const topPlaces = (x: Node, count: number, axis: number): Node =>
  make(topPlacesOp, [x], { count, axis })

export const topOps = [topPlacesOp]

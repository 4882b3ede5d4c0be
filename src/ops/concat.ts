import { sizeOf } from '../base/shapes.ts'
import { Misfit, make, onlyType } from './define.ts'
import { counting, smooth } from './samples.ts'
import { slice } from './slice.ts'
import { moving } from './traits.ts'
import type { Node, Op } from '../ir/node.ts'

/** Tensors one after the other along an axis. */

export const concatOp: Op<Readonly<{ axis: number }>> = {
  name: 'concat',
  traits: moving,
  infer: (inputs, { axis }) => {
    const first = onlyType(inputs)
    for (const { dtype, shape } of inputs) {
      const fits =
        dtype === first.dtype && shape.length === first.shape.length && axis >= 0 && axis < shape.length
      if (!fits || shape.some((size, i) => i !== axis && size !== first.shape[i]))
        throw new Misfit(`tensors must have one type and agree in all axes but ${axis}`)
    }
    const total = inputs.reduce((sum, { shape }) => sum + sizeOf(shape, axis), 0)
    return { dtype: first.dtype, shape: first.shape.map((size, i) => (i === axis ? total : size)) }
  },
  gradient: (node, g) => {
    const { axis } = node.attributes
    let start = 0
    return node.inputs.map((input) => {
      const from = g.shape.map((_, i) => (i === axis ? start : 0))
      start += sizeOf(input.shape, axis)
      const end = start
      const to = g.shape.map((size, i) => (i === axis ? end : size))
      return () => slice(g, from, to)
    })
  },
  emit: (emitter, node, inputs) => emitter.node('Concat', inputs, node, { axis: node.attributes.axis }),
  samples: [
    { inputs: [counting([2, 1]), counting([2, 2])], attributes: { axis: 1 }, expect: [0, 0, 1, 1, 2, 3] },
    { inputs: [smooth([1, 2]), smooth([2, 2]), smooth([1, 2])], attributes: { axis: 0 } },
  ],
}

export const concat = (inputs: readonly Node[], axis: number): Node => make(concatOp, inputs, { axis })

export const concatOps = [concatOp]

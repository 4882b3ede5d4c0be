import { isFloat, onnxTypes, type DType } from '../base/dtype.ts'
import { Misfit, make } from './define.ts'
import { moving } from './traits.ts'
import type { Node, Op } from '../ir/node.ts'

type CastAttributes = Readonly<{ dtype: DType }>

export const castOp: Op<CastAttributes> = {
  name: 'cast',
  traits: moving,
  infer: ([x], { dtype }) => {
    if (!x) throw new Misfit('needs one operand')
    return { dtype, shape: x.shape }
  },
  gradient: ({ inputs: [x] }, upstream) => [
    x && isFloat(x.dtype) ? () => cast(upstream, x.dtype) : undefined,
  ],
  emit: (emitter, node, inputs) => emitter.node('Cast', inputs, node, { to: onnxTypes[node.dtype] }),
  samples: [
    {
      inputs: [{ dtype: 'bool', shape: [2], values: [1, 0] }],
      attributes: { dtype: 'float64' },
      expect: [1, 0],
    },
    {
      inputs: [{ dtype: 'int64', shape: [2], values: [-3, 7] }],
      attributes: { dtype: 'float64' },
      expect: [-3, 7],
    },
    {
      inputs: [{ dtype: 'float64', shape: [2], values: [-1.5, 2.5] }],
      attributes: { dtype: 'int64' },
      expect: [-1, 2],
    },
    {
      inputs: [{ dtype: 'uint8', shape: [2], values: [0, 255] }],
      attributes: { dtype: 'float64' },
      expect: [0, 255],
    },
  ],
}

/** Converts the element type; towards zero from real to whole numbers. */
export const cast = (x: Node, dtype: DType): Node => (x.dtype === dtype ? x : make(castOp, [x], { dtype }))

export const castOps = [castOp]

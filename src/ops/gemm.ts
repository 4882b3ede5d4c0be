import { sameShape, showType } from '../base/type.ts'
import { Misfit, make } from './define.ts'
import { productShape } from './matmul.ts'
import { ofProduct, opaque } from './traits.ts'
import type { Node, Op } from '../ir/node.ts'

type GemmAttributes = Readonly<{ transposeA: boolean; transposeB: boolean; beta: number }>

export const gemmOp: Op<GemmAttributes> = {
  name: 'gemm',
  traits: opaque(ofProduct),
  infer: ([a, b, c], { transposeA, transposeB }) => {
    if (!a || !b || !c) throw new Misfit('needs three operands')
    if (a.dtype !== b.dtype || b.dtype !== c.dtype)
      throw new Misfit(`mixes ${a.dtype}, ${b.dtype} and ${c.dtype}`)
    if (![a, b, c].every(({ shape }) => shape.length === 2)) throw new Misfit('needs matrices')
    const shape = productShape(a, b, transposeA, transposeB)
    if (!sameShape(shape, c.shape)) throw new Misfit(`adds ${showType(c)} to [${shape.join(', ')}]`)
    return { dtype: a.dtype, shape }
  },
  emit: (emitter, node, inputs) => {
    const { transposeA, transposeB, beta } = node.attributes
    return emitter.node('Gemm', inputs, node, {
      transA: transposeA ? 1 : 0,
      transB: transposeB ? 1 : 0,
      ...(beta === 1 ? {} : { beta: { float: beta } }),
    })
  },
  samples: [
    {
      inputs: [
        { dtype: 'float64', shape: [2, 1], values: [1, 2] },
        { dtype: 'float64', shape: [1, 2], values: [3, 4] },
        { dtype: 'float64', shape: [2, 2], values: [1, 1, 1, 1] },
      ],
      attributes: { transposeA: false, transposeB: false, beta: 0.5 },
      expect: [3.5, 4.5, 6.5, 8.5],
    },
    {
      inputs: [
        { dtype: 'float64', shape: [3, 2], range: 'smooth' },
        { dtype: 'float64', shape: [4, 3], range: 'smooth' },
        { dtype: 'float64', shape: [2, 4], range: 'smooth' },
      ],
      attributes: { transposeA: true, transposeB: true, beta: 1 },
    },
  ],
}

/** a·b + beta·c of matrices; ONNX's Gemm adds the product to c without writing it down. */
export const gemm = (
  [a, b, c]: readonly [Node, Node, Node],
  { transposeA = false, transposeB = false, beta = 1 }: Partial<GemmAttributes> = {},
): Node => make(gemmOp, [a, b, c], { transposeA, transposeB, beta })

export const gemmOps = [gemmOp]

import { sizeOf } from '../base/shapes.ts'
import { broadcastShapes, elements, showType, type Shape, type Type } from '../base/type.ts'
import { Misfit, make, notEmitted } from './define.ts'
import { smooth } from './samples.ts'
import { reshape } from './shape.ts'
import { ofProduct, opaque } from './traits.ts'
import type { Node, Op } from '../ir/node.ts'

/** Matrix products: `[…, m, k] × […, k, n]`, batches broadcast, either side read transposed. */

export type MatMulAttributes = Readonly<{ transposeA: boolean; transposeB: boolean }>

/** Rows and columns as the product sees them. */
const matrix = (shape: Shape, transposed: boolean): [number, number] => {
  const [rows, columns] = [sizeOf(shape, -2), sizeOf(shape, -1)]
  return transposed ? [columns, rows] : [rows, columns]
}

/** Shape of a product. @throws Misfit */
export function productShape(a: Type, b: Type, transposeA: boolean, transposeB: boolean): Shape {
  if (a.shape.length < 2 || b.shape.length < 2) throw new Misfit('needs matrices: at least two axes each')
  const [m, inner] = matrix(a.shape, transposeA)
  const [rows, n] = matrix(b.shape, transposeB)
  if (inner !== rows) throw new Misfit(`a row of ${inner} elements meets a column of ${rows}`)
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2))
  if (!batch) throw new Misfit(`batches of ${showType(a)} and ${showType(b)} do not broadcast`)
  return [...batch, m, n]
}

const plain = { transposeA: false, transposeB: false }

export const matMulOp: Op<MatMulAttributes> = {
  name: 'matmul',
  traits: { ...opaque(ofProduct), zeroWith: [0, 1] },
  infer: ([a, b], { transposeA, transposeB }) => {
    if (!a || !b) throw new Misfit('needs two operands')
    if (a.dtype !== b.dtype) throw new Misfit(`mixes ${a.dtype} and ${b.dtype}`)
    return { dtype: a.dtype, shape: productShape(a, b, transposeA, transposeB) }
  },
  gradient: ({ inputs: [a, b], attributes: { transposeA, transposeB } }, g) => {
    if (!a || !b) throw new Error('matmul lost its operands')
    // A matrix b shared by a batch of a: one product over all rows, rather than one per batch and a sum.
    const shared = b.shape.length === 2 && a.shape.length > 2 && !transposeA
    const [rows, up] = shared ? [asRows(a), asRows(g)] : [a, g]
    return [
      () => (transposeA ? matmul(b, g, transposeB, true) : matmul(g, b, false, !transposeB)),
      () => (transposeB ? matmul(up, rows, true, transposeA) : matmul(rows, up, !transposeA, false)),
    ]
  },
  emit: (emitter, node, inputs) => {
    const { transposeA, transposeB } = node.attributes
    const flat = node.inputs.every(({ shape }) => shape.length === 2)
    if (!transposeA && !transposeB) return emitter.node('MatMul', inputs, node)
    if (flat)
      return emitter.node('Gemm', inputs, node, { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 })
    return notEmitted(emitter, node)
  },
  samples: [
    {
      inputs: [
        { dtype: 'float64', shape: [1, 2], values: [1, 2] },
        { dtype: 'float64', shape: [2, 2], values: [1, 2, 3, 4] },
      ],
      attributes: plain,
      expect: [7, 10],
    },
    { inputs: [smooth([2, 3]), smooth([4, 3])], attributes: { transposeA: false, transposeB: true } },
    { inputs: [smooth([3, 2]), smooth([3, 4])], attributes: { transposeA: true, transposeB: false } },
    { inputs: [smooth([3, 2]), smooth([4, 3])], attributes: { transposeA: true, transposeB: true } },
    { inputs: [smooth([2, 2, 3]), smooth([2, 4, 3])], attributes: { transposeA: false, transposeB: true } },
    { inputs: [smooth([2, 3, 2]), smooth([3, 4])], attributes: { transposeA: true, transposeB: false } },
    { inputs: [smooth([2, 2, 3]), smooth([3, 4])], attributes: plain },
    { inputs: [smooth([2, 3]), smooth([4, 3, 2])], attributes: plain },
  ],
}

/** Matrix product of the last two axes; `transposeA` and `transposeB` swap those of one side first. */
export const matmul = (a: Node, b: Node, transposeA = false, transposeB = false): Node =>
  make(matMulOp, [a, b], { transposeA, transposeB })

/** Folds all axes but the last into rows: `[…, k]` becomes `[rows, k]`. */
const asRows = (x: Node): Node => {
  const width = sizeOf(x.shape, -1)
  return reshape(x, [elements(x.shape) / width, width])
}

export const matMulOps = [matMulOp]

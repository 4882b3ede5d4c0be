import { elements } from '../../base/type.ts'
import { binary } from '../../ops/arity.ts'
import { cast } from '../../ops/cast.ts'
import { equal } from '../../ops/elementwise.ts'
import { scatterAddOp } from '../../ops/gather.ts'
import { constant } from '../../ops/leaf.ts'
import { matmul, matMulOp } from '../../ops/matmul.ts'
import { reshape, transpose } from '../../ops/shape.ts'
import { waysOf, type Way } from './way.ts'
import type { Node } from '../../ir/node.ts'

/** Products, and sums that are written as one. */

/** Gemm reads matrices transposed; products of more axes need them turned before. */
export const product = waysOf(matMulOp, (node): Way | undefined => {
  const { transposeA, transposeB } = node.attributes
  if (!(transposeA || transposeB) || node.inputs.every(({ shape }) => shape.length === 2)) return undefined
  const [a, b] = binary(node)
  return {
    as: 'Transpose, MatMul',
    because: 'more than two axes',
    make: () => matmul(transposeA ? turned(a) : a, transposeB ? turned(b) : b),
  }
})

function turned(x: Node): Node {
  const last = x.shape.length - 1
  return transpose(
    x,
    x.shape.map((_, axis) => (axis === last ? last - 1 : axis === last - 1 ? last : axis)),
  )
}

/**
 * Rows are summed by a product with the 0/1 matrix `target = index`: unlike scattering with atomics, it gives
 * the same bits on every provider, and for a batch of rows it costs little beside the layer it serves.
 */
export const scatterAdd = waysOf(scatterAddOp, (node): Way => ({
  as: 'product with 0 and 1',
  because: 'the same bits everywhere',
  make: () => {
    const [updates, index] = binary(node)
    const { rows } = node.attributes
    const count = elements(index.shape)
    const width = elements(node.shape.slice(1))
    const targets = constant(
      'int64',
      [rows, 1],
      Array.from({ length: rows }, (_, i) => i),
    )
    const hits = cast(equal(targets, reshape(index, [1, count])), node.dtype)
    return reshape(matmul(hits, reshape(updates, [count, width])), node.shape)
  },
}))

import { elements, sameShape, type Shape } from '../../base/type.ts'
import { sizeOf } from '../../base/shapes.ts'
import { like } from '../../ir/context.ts'
import { concatOp } from '../../ops/concat.ts'
import { remake } from '../../ops/define.ts'
import { matMulOp } from '../../ops/matmul.ts'
import { broadcast } from '../../ops/shape.ts'
import { pad } from '../../ops/slice.ts'
import { uniformValue } from '../simplify/constants.ts'
import { rebuild } from './rebuild.ts'
import { ofTwo, rewriter, type Rewrite } from './rule.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

/** Of a product's operand the same matrices, as many as there are products; undefined where that would be a large copy. */
function repeated(x: Node, batch: Shape, most: number): Node | undefined {
  const shape = [...batch, ...x.shape.slice(-2)]
  if (sameShape(x.shape, shape)) return x
  return elements(shape) > most ? undefined : broadcast(x, shape)
}

export const evenOperands: readonly Rewrite[] = [
  ofTwo('[x, zeros] = x, padded', concatOp, (x, zeros, node) => {
    if (node.inputs.length > 2 || !Object.is(uniformValue(zeros), 0)) return undefined
    const { axis } = node.attributes
    const none = x.shape.map(() => 0)
    return pad(
      x,
      none,
      none.map((_, i) => (i === axis ? sizeOf(zeros.shape, axis) : 0)),
    )
  }),
  ofTwo('a b = a b with a matrix for each product', matMulOp, (a, b, node) => {
    const batch = node.shape.slice(0, -2)
    // Rows of all products are those of one, where b is one matrix.
    if (batch.length === 0 || (b.shape.length === 2 && sameShape(a.shape.slice(0, -2), batch)))
      return undefined
    const most = Math.max(elements(a.shape), elements(b.shape), elements(node.shape))
    const [left, right] = [repeated(a, batch, most), repeated(b, batch, most)]
    if (!left || !right || (left === a && right === b)) return undefined
    return remake(node, [left, right])
  }),
]

const even = rewriter(evenOperands)

/**
 * For CUDA, whose kernels for joins of unequal parts and for products of batches that broadcast are sent tables of sizes and
 * addresses from the host, in every step of a loop.
 */
export const withEvenOperands = (source: GraphSource): GraphSource =>
  rebuild(source, (node, inputs) => {
    const made = remake(node, inputs)
    return (even.knows(made.op) ? like(node, () => even.next(made)) : undefined) ?? made
  })

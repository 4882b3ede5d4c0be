import { like } from '../../ir/context.ts'
import { cast } from '../../ops/cast.ts'
import { concatOp } from '../../ops/concat.ts'
import { make, remake } from '../../ops/define.ts'
import { maxPoolOp } from '../../ops/pool.ts'
import { reshapeOp, transposeOp } from '../../ops/shape.ts'
import { sliceOp } from '../../ops/slice.ts'
import { negOp, reluOp } from '../../ops/unary.ts'
import { rebuild } from '../rewrite/rebuild.ts'
import { rounded, widened } from './half.ts'
import { placesOf } from './places.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Node, Op } from '../../ir/node.ts'

/**
 * Mixed precision: convolutions, products with weights and the gradients of these are computed in float16 and widened to
 * float32 at once, where all else is computed. What then only moves or picks numbers is done before they are widened:
 * the same bits. Products of activity with activity (similarities, covariances) stay as they are: losses divide
 * small differences of them by small numbers. So does what an optimizer makes of gradients.
 *
 * @param scales names of the scales that losses are multiplied by, and gradients divided by
 */
export function inFloat16(source: GraphSource, scales: ReadonlySet<string>): GraphSource {
  const { products, arriving } = placesOf(source, scales)
  return rebuild(source, (node, inputs) => {
    const own = remake(node, inputs)
    if (node.dtype !== 'float32') return own
    const made = like(node, () => (products.has(node) ? inHalf(own) : (moved(own) ?? own)))
    // A gradient is rounded once, for all that read it.
    return arriving.has(node) ? like(node, () => cast(rounded(made), 'float32')) : made
  })
}

const again = ({ op, attributes, regions }: Node, inputs: readonly Node[]): Node =>
  cast(make(op, inputs, attributes, regions), 'float32')

const inHalf = (product: Node): Node => again(product, product.inputs.map(rounded))

/** Ops that give numbers that they are given, or their negatives. */
const picking: ReadonlySet<Op> = new Set<Op>([
  ...[reluOp, negOp, maxPoolOp, reshapeOp, transposeOp, sliceOp, concatOp],
])

function moved(node: Node): Node | undefined {
  if (!picking.has(node.op)) return undefined
  const narrow = node.inputs.flatMap((each) => widened(each) ?? [])
  return narrow.length === node.inputs.length ? again(node, narrow) : undefined
}

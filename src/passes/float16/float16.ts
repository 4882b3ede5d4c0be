import { like } from '../../ir/context.ts'
import { topological } from '../../ir/walk.ts'
import { cast } from '../../ops/cast.ts'
import { concatOp } from '../../ops/concat.ts'
import { inputGradientOp, isConvolution, weightGradientOp } from '../../ops/conv.ts'
import { make, remake } from '../../ops/define.ts'
import { divOp } from '../../ops/elementwise.ts'
import { is } from '../../ops/is.ts'
import { isInput } from '../../ops/leaf.ts'
import { matMulOp } from '../../ops/matmul.ts'
import { maxPoolOp } from '../../ops/pool.ts'
import { reshapeOp, transposeOp } from '../../ops/shape.ts'
import { sliceOp } from '../../ops/slice.ts'
import { negOp, reluOp } from '../../ops/unary.ts'
import { rebuild } from '../rewrite/rebuild.ts'
import { rounded, widened } from './half.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Node, Op } from '../../ir/node.ts'

/**
 * Mixed precision: convolutions, products of matrices and their gradients are computed in float16 and widened to
 * float32 at once, where all else is computed. What then only moves or picks numbers is done before they are
 * widened: the same bits. What an optimizer makes of gradients stays as it is.
 *
 * @param scales names of the scales that losses are multiplied by, and gradients divided by
 */
export function inFloat16(source: GraphSource, scales: ReadonlySet<string>): GraphSource {
  const { updating, arriving } = placesOf(source, scales)
  return rebuild(source, (node, inputs) => {
    const own = remake(node, inputs)
    if (node.dtype !== 'float32' || updating.has(node)) return own
    const made = like(node, () => (isProduct(own) ? inHalf(own) : (moved(own) ?? own)))
    // A gradient is rounded once, for all that read it.
    return arriving.has(node) ? like(node, () => cast(rounded(made), 'float32')) : made
  })
}

const isProduct = (node: Node): boolean => is(node, matMulOp) || isConvolution(node)

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

/** What is computed of gradients that are divided by their scale; and gradients that arrive at a convolution. */
function placesOf({ inputs, outputs }: GraphSource, scales: ReadonlySet<string>) {
  const bound = new Set(inputs.map(({ node }) => node))
  const updating = new Set<Node>()
  const arriving = new Set<Node>()
  const isScale = (node: Node | undefined): boolean =>
    node !== undefined && isInput(node) && scales.has(node.attributes.name)
  for (const node of topological(
    outputs.map((output) => output.node),
    (each) => bound.has(each),
  )) {
    const divides = is(node, divOp) && isScale(node.inputs[1])
    if (divides || node.inputs.some((each) => updating.has(each))) updating.add(node)
    if (updating.has(node)) continue
    const [first, second] = node.inputs
    if (is(node, inputGradientOp) && first?.dtype === 'float32') arriving.add(first)
    if (is(node, weightGradientOp) && second?.dtype === 'float32') arriving.add(second)
  }
  return { updating, arriving }
}

import { sizeOf } from '../../base/shapes.ts'
import { bytesOf } from '../../ir/budget.ts'
import { like } from '../../ir/context.ts'
import { topological } from '../../ir/walk.ts'
import { binary } from '../../ops/arity.ts'
import { concat, concatOp } from '../../ops/concat.ts'
import { remake } from '../../ops/define.ts'
import { gather, gatherOp } from '../../ops/gather.ts'
import { is } from '../../ops/is.ts'
import { matMulOp } from '../../ops/matmul.ts'
import { reshape, reshapeOp, transposeOp } from '../../ops/shape.ts'
import { isBinary } from '../../ops/traits.ts'
import { rebuild } from './rebuild.ts'
import type { Shape } from '../../base/type.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Label, Node } from '../../ir/node.ts'

/**
 * onnxruntime does not free what nobody reads any more while a later value has the same type and the same sizes of all axes: it
 * keeps the memory for that one, however much later it comes. So that of one layer's forward pass is not kept until its gradient, large values of
 * another layer, or of gradients, get axes of length 1 in front where their sizes are those of earlier ones.
 */

const LARGE = 2 ** 23

/** What values share whose lives follow each other closely. */
const groupOf = ({ layer, derivativeOf }: Label): string =>
  `${derivativeOf ? 'gradient of ' : ''}${layer ?? ''}`

/** @param large bytes of values that are worth it */
export function withOwnBuffers(source: GraphSource, large = LARGE): GraphSource {
  const bound = new Set(source.inputs.map(({ node }) => node))
  const roots = new Set(source.outputs.map(({ node }) => node))
  const groups = new Map<string, string[]>()
  const axes = new Map<Node, number>()
  for (const node of topological([...roots], (each) => bound.has(each))) {
    if (bound.has(node) || roots.has(node) || bytesOf(node) < large || is(node, reshapeOp)) continue
    const key = `${node.dtype} ${node.shape.join('×')}`
    const known = groups.get(key) ?? []
    const group = groupOf(node)
    if (!known.includes(group)) groups.set(key, [...known, group])
    axes.set(node, known.includes(group) ? known.indexOf(group) : known.length)
  }
  return rebuild(source, (node, inputs) => {
    const made = remake(node, inputs)
    const count = axes.get(node)
    const longer = count
      ? like(node, () => withLeadingAxes(made, new Array<number>(count).fill(1)))
      : undefined
    return longer ? like(node, () => reshape(longer, node.shape)) : made
  })
}

/** The same value with axes in front; undefined where an op cannot give it them without a move. */
function withLeadingAxes(node: Node, ones: Shape): Node | undefined {
  const longer = (x: Node, shape: Shape = x.shape): Node =>
    reshape(is(x, reshapeOp) ? (x.inputs[0] ?? x) : x, [...ones, ...shape])
  if (is(node, concatOp))
    return concat(
      node.inputs.map((x) => longer(x)),
      node.attributes.axis + ones.length,
    )
  if (is(node, gatherOp)) {
    const [x, places] = binary(node)
    return gather(longer(x), places, node.attributes.axis + ones.length)
  }
  if (is(node, matMulOp)) {
    const [a, b] = binary(node)
    // A transpose is a part of the product, as long as nothing lies between.
    if (node.attributes.transposeA || node.attributes.transposeB) return undefined
    if (b.shape.length === node.shape.length && !is(b, transposeOp)) return remake(node, [a, longer(b)])
    return a.shape.length === node.shape.length && !is(a, transposeOp)
      ? remake(node, [longer(a), b])
      : undefined
  }
  if (!isBinary(node)) return undefined
  const [a, b] = binary(node)
  if (a.shape.length === node.shape.length) return remake(node, [longer(a), b])
  return sizeOf(b.shape, 0) === sizeOf(node.shape, 0) && b.shape.length === node.shape.length
    ? remake(node, [a, longer(b)])
    : undefined
}

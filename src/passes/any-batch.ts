import { at, found, zip } from '../base/lists.ts'
import { showOrigin } from '../base/error.ts'
import { sameShape, type Shape } from '../base/type.ts'
import { like } from '../ir/context.ts'
import { exactNode } from '../ir/exact.ts'
import { topological } from '../ir/walk.ts'
import { make, remake } from '../ops/define.ts'
import { is } from '../ops/is.ts'
import { constant, isConstant, isInput, scalar } from '../ops/leaf.ts'
import { broadcastOp, reshapeOp } from '../ops/shape.ts'
import { broadcastToOp, reshapeToOp, rowCount, sizesNode, sliceToOp, type Sizes } from '../ops/sized.ts'
import { sliceOp, type SliceAttributes } from '../ops/slice.ts'
import { keepsSizes } from './sizes-kept.ts'
import { uniformValue } from './simplify/constants.ts'
import type { GraphSource } from '../ir/graph.ts'
import type { Node } from '../ir/node.ts'

/** What of a graph depends on the number of images in a way that no graph for any number can follow. */
export class FixedBatch extends Error {}

/**
 * One graph for any number of images, of two that were traced with `batch` of them and with twice as many. Where the two
 * agree, so does every other; a size that doubles is a multiple of the number of images, and the graph computes it as
 * it runs. Types in the result are those of the first.
 *
 * @throws FixedBatch where anything else differs
 */
export function anyBatch(once: GraphSource, twice: GraphSource, batch: number): GraphSource {
  const orders = [orderOf(once), orderOf(twice)] as const
  if (orders[0].length !== orders[1].length)
    throw new FixedBatch('the program does something else for another number of images')
  const images = once.inputs.find(({ node }) => isInput(node) && node.attributes.role === 'images')?.node
  if (!images) throw new Error(`graph '${once.name}' reads no images`)
  const places = [placesIn(orders[0]), placesIn(orders[1])] as const
  const count = rowCount(images)
  const made = new Map<Node, Node>()
  for (const [node, other] of zip(...orders)) {
    requireAlike(node, other)
    const [from, to] = zip(places, [node, other]).map(([place, { inputs }]) =>
      inputs.map((input) => found(place, input, input.op.name)),
    )
    if (String(from) !== String(to)) throw differs(node)
    const inputs = node.inputs.map((input) => found(made, input, input.op.name))
    made.set(
      node,
      like(node, () => sized({ node, other, inputs, batch, count })),
    )
  }
  return { ...once, outputs: once.outputs.map(({ name, node }) => ({ name, node: found(made, node, name) })) }
}

const orderOf = ({ inputs, outputs }: GraphSource): readonly Node[] => {
  const bound = new Set(inputs.map(({ node }) => node))
  return topological(
    outputs.map(({ node }) => node),
    (node) => bound.has(node),
  )
}
const placesIn = (order: readonly Node[]) => new Map(order.map((node, place) => [node, place]))

function differs({ op, origin }: Node): FixedBatch {
  const where = origin ? ` (${showOrigin(origin)})` : ''
  return new FixedBatch(`${op.name}${where} depends on the number of images`)
}

function requireAlike(node: Node, other: Node): void {
  const isSame = node.op === other.op && node.dtype === other.dtype && node.regions.length === 0
  if (!isSame || node.shape.length !== other.shape.length) throw differs(node)
}

interface Pair {
  readonly node: Node
  readonly other: Node
  /** Operands of the result. */
  readonly inputs: readonly Node[]
  readonly batch: number
  /** The number of images: int64 [1]. */
  readonly count: Node
}

/** Sizes of which some may be multiples of the number of images. @throws FixedBatch */
function multiples({ node, batch }: Pair, once: Shape, twice: Shape): Sizes {
  return zip(once, twice).map(([size, doubled]) => {
    if (size === doubled) return size
    if (doubled !== 2 * size || size % batch !== 0) throw differs(node)
    return { times: size / batch }
  })
}

const isFree = (size: Sizes[number]): boolean => typeof size !== 'number'

/** A list of sizes: constant where it can be. */
const listed = ({ count }: Pair, sizes: Sizes): Node =>
  sizes.some(isFree) ? sizesNode(count, sizes) : constant('int64', [sizes.length], sizes.map(Number))

function sized(pair: Pair): Node {
  const { node, other, inputs } = pair
  const sizes = multiples(pair, node.shape, other.shape)
  if (isInput(node)) return node
  if (isConstant(node)) return sameNumbers(pair, sizes)
  const isFixed = [node, ...node.inputs].every((each, i) =>
    sameShape(each.shape, at([other, ...other.inputs], i).shape),
  )
  if (is(node, reshapeOp)) return isFixed ? remake(node, inputs) : reshaped(pair, sizes)
  if (is(node, broadcastOp)) return isFixed ? remake(node, inputs) : repeated(pair, sizes)
  if (is(node, sliceOp) && is(other, sliceOp))
    return isFixed && sameAttributes(pair)
      ? remake(node, inputs)
      : sliced(pair, node.attributes, other.attributes)
  if (!sameAttributes(pair) || !(isFixed || keepsSizes(node.op))) throw differs(node)
  return remake(node, inputs)
}

/** Of nodes of one op, whatever shapes they come to. */
const sameAttributes = ({ node, other }: Pair): boolean => told(node) === told(other)
const told = (node: Node): string => exactNode({ ...node, shape: [] }, [])

function sameNumbers(pair: Pair, sizes: Sizes): Node {
  const { node, other } = pair
  if (!sizes.some(isFree)) {
    if (sameAttributes(pair)) return node
    throw differs(node)
  }
  const value = uniformValue(node)
  if (value === undefined || !Object.is(value, uniformValue(other))) throw differs(node)
  return make(broadcastToOp, [scalar(node.dtype, value), listed(pair, sizes)], { shape: node.shape })
}

/** One size that is left over is what ONNX's Reshape finds out by itself. */
function reshaped(pair: Pair, sizes: Sizes): Node {
  const { node, inputs } = pair
  const one = sizes.filter(isFree).length === 1
  const written = listed(pair, one ? sizes.map((size) => (typeof size === 'number' ? size : -1)) : sizes)
  return make(reshapeToOp, [...inputs, written], { shape: node.shape })
}

/** Axes that the operand has already at full size are left as they are. */
function repeated(pair: Pair, sizes: Sizes): Node {
  const { node, inputs } = pair
  const { shape } = at(node.inputs, 0)
  const missing = node.shape.length - shape.length
  const wanted = sizes.map((size, axis) =>
    axis >= missing && at(shape, axis - missing) === node.shape[axis] && isFree(size) ? 1 : size,
  )
  return make(broadcastToOp, [...inputs, listed(pair, wanted)], { shape: node.shape })
}

function sliced(pair: Pair, once: SliceAttributes, twice: SliceAttributes): Node {
  const { node, inputs } = pair
  if (!sameShape(once.steps, twice.steps)) throw differs(node)
  const [starts, ends] = [
    multiples(pair, once.starts, twice.starts),
    multiples(pair, once.ends, twice.ends),
  ].map((sizes) => listed(pair, sizes))
  if (!starts || !ends) throw new Error('a slice lost its ends')
  return make(sliceToOp, [...inputs, starts, ends], { shape: node.shape, steps: once.steps })
}

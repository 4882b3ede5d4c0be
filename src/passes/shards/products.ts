import { binary } from '../../ops/arity.ts'
import { elements } from '../../base/type.ts'
import { is } from '../../ops/is.ts'
import { input, isInput } from '../../ops/leaf.ts'
import { matMulOp } from '../../ops/matmul.ts'
import { isBinary, isUnary } from '../../ops/traits.ts'
import { topological } from '../../ir/walk.ts'
import type { Binding, GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

/** Products with parameters that are so large that they stay where they are updated. */

/** A product of which every shard makes what its rows of the parameter give. */
export interface BlockProduct {
  readonly weights: Node
  readonly other: Node
  /** The axis of the result that the parameter's rows make, or else that of the other operand which they are summed with. */
  readonly along: number
  readonly joins: boolean
}

/** A parameter is this many times what it is multiplied with and what comes of it. */
const MUCH = 4
/** Elements of a parameter whose new values cost more to copy to others than rows to hand over, and a stage to wait for them. */
const LARGE = 2 ** 18

/** Parameters that nothing reads but products with few rows, and what changes them element by element. */
export function readInBlocks({ inputs, outputs }: GraphSource, shards: number): ReadonlySet<Node> {
  const bound = new Set(inputs.map(({ node }) => node))
  const large = new Set(
    inputs.flatMap(({ node }) => (isInput(node) && isLarge(node, shards) ? [node as Node] : [])),
  )
  const order = topological(
    outputs.map(({ node }) => node),
    (each) => bound.has(each),
  )
  const changing = onlyChanging(order)
  for (const node of order)
    for (const each of node.inputs)
      if (large.has(each) && !changing.has(node) && !isReadInBlocks(node, each)) large.delete(each)
  return large
}

/** What is done element by element and read by nothing else, as new values of parameters are. */
function onlyChanging(order: readonly Node[]): ReadonlySet<Node> {
  const [changing, others] = [new Set<Node>(), new Set<Node>()]
  for (const node of order.toReversed())
    if ((isUnary(node) || isBinary(node)) && !others.has(node)) changing.add(node)
    else node.inputs.forEach((each) => others.add(each))
  return changing
}

const isLarge = ({ attributes, shape }: Node, shards: number): boolean =>
  attributes.role === 'parameter' &&
  shape.length === 2 &&
  elements(shape) >= LARGE &&
  Number(shape[0]) % shards === 0

function isReadInBlocks(node: Node, weights: Node): boolean {
  if (!is(node, matMulOp)) return false
  const [a, b] = binary(node)
  const other = a === weights ? b : a
  return (
    a !== b &&
    other.shape.length === 2 &&
    MUCH * (elements(other.shape) + elements(node.shape)) <= elements(weights.shape)
  )
}

export function blockProduct(node: Node, inBlocks: ReadonlySet<Node>): BlockProduct | undefined {
  if (!is(node, matMulOp)) return undefined
  const { transposeA, transposeB } = node.attributes
  const [a, b] = binary(node)
  // Rows of the right operand are summed with, unless it is read transposed; of the left one it is the other way round.
  if (inBlocks.has(b))
    return { weights: b, other: a, along: transposeB ? 1 : transposeA ? 0 : 1, joins: transposeB }
  if (inBlocks.has(a))
    return { weights: a, other: b, along: transposeA ? (transposeB ? 1 : 0) : 0, joins: !transposeA }
  return undefined
}

/** Of parameters that stay in parts, a shard's part. */
export class ParameterBlocks {
  private readonly known = new Map<Node, Binding>()

  get bindings(): readonly Binding[] {
    return [...this.known.values()]
  }

  of(weights: Node, shards: number): Node {
    const known = this.known.get(weights)
    if (known) return known.node
    if (!isInput(weights)) throw new Error(`${weights.op.name} is no parameter`)
    const { name, role } = weights.attributes
    const [rows, ...others] = weights.shape
    const node = input(role, name, weights.dtype, [Number(rows) / shards, ...others])
    this.known.set(weights, { name, node })
    return node
  }
}

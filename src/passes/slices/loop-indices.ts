import { found } from '../../base/lists.ts'
import { sizeOf } from '../../base/shapes.ts'
import { bytesOf } from '../../ir/budget.ts'
import { topological } from '../../ir/walk.ts'
import { constantValues } from '../../ops/leaf.ts'
import { is, operandsOf } from '../../ops/is.ts'
import { gatherOp } from '../../ops/gather.ts'
import { effect, type Tiled } from './tiled.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

/** What is computed tile by tile, and when. */
export interface LoopIndices {
  /** All nodes, operands first. */
  readonly order: readonly Node[]
  readonly tiled: ReadonlyMap<Node, Tiled>
  /** Gathers of tiles out of maps, by which all begins. */
  readonly seeds: ReadonlySet<Node>
  /** Sums over all tiles. */
  readonly sums: ReadonlySet<Node>
  /** How operands that are not tiled have to be cut. */
  readonly entering: ReadonlyMap<Node, readonly (Tiled | undefined)[]>
  /**
   * How often all tiles must be done before a node can be: tiled nodes of one loop index are one loop, and the sums that it
   * makes are known one loop index later.
   */
  readonly loopIndex: ReadonlyMap<Node, number>
}

/** How many tiles a node gathers, where it does: by indices [places in a tile, tiles] into the pixels of a map. */
export function tilesGathered(node: Node): number | undefined {
  const [, indices] = operandsOf(node, gatherOp)
  if (!is(node, gatherOp) || node.attributes.axis !== 0 || !indices || !constantValues(indices))
    return undefined
  const [, tiles, ...more] = indices.shape
  return more.length === 0 ? tiles : undefined
}

/** @param least the lowest loop index that a node may have; no node has a lower one than those that it reads */
export function loopIndicesOf(
  source: GraphSource,
  tiles: number,
  least: (node: Node) => number = () => 0,
): LoopIndices {
  const bound = new Set(source.inputs.map(({ node }) => node))
  const order = topological(
    source.outputs.map(({ node }) => node),
    (node) => bound.has(node),
  )
  const tiled = new Map<Node, Tiled>()
  const seeds = new Set<Node>()
  const sums = new Set<Node>()
  const entering = new Map<Node, readonly (Tiled | undefined)[]>()
  const loopIndex = new Map<Node, number>()
  const after = (nodes: readonly Node[], waits: (node: Node) => boolean) =>
    Math.max(0, ...nodes.map((node) => found(loopIndex, node, node.op.name) + (waits(node) ? 1 : 0)))
  for (const node of order) {
    const inputs = bound.has(node) ? [] : node.inputs
    const operands = inputs.map((input) => tiled.get(input))
    const isSeed = !bound.has(node) && tilesGathered(node) === tiles
    const done = !isSeed && operands.some(Boolean) ? effect(node, operands, tiles) : undefined
    if (isSeed) {
      seeds.add(node)
      tiled.set(node, { before: sizeOf(node.shape, 0) })
    } else if (done === 'sum') sums.add(node)
    else if (done) {
      tiled.set(node, done.tiled)
      entering.set(node, done.entering)
    }
    const soonest = after(inputs, (input) => tiled.has(input) && (isSeed || !done || done === 'sum'))
    loopIndex.set(node, Math.max(soonest, least(node)))
  }
  const known = { order, tiled, seeds, sums, entering, loopIndex }
  return { ...known, loopIndex: waiting(known, new Set(source.outputs.map(({ node }) => node))) }
}

/**
 * What only later loops read is computed in the first of them, where what it is made of is no larger than itself: it would have to
 * be kept in between.
 */
function waiting(
  { order, tiled, seeds, sums, loopIndex }: LoopIndices,
  roots: ReadonlySet<Node>,
): Map<Node, number> {
  const indices = new Map(loopIndex)
  /** The first loop of those that read a node, where all are later than its own. */
  const first = new Map<Node, number>()
  const isSmall = (node: Node) =>
    sum([...new Set(node.inputs)].filter((x) => tiled.has(x) && !seeds.has(node)).map(bytesOf)) <=
    bytesOf(node)
  for (const node of order.toReversed()) {
    const own = found(indices, node, node.op.name)
    const readIn = first.get(node)
    if (readIn !== undefined && readIn > own && tiled.has(node) && !roots.has(node) && isSmall(node))
      indices.set(node, readIn)
    const index = found(indices, node, node.op.name)
    const isOver = sums.has(node) || seeds.has(node) || !tiled.has(node)
    for (const x of node.inputs) first.set(x, Math.min(first.get(x) ?? Infinity, isOver ? index - 1 : index))
  }
  return indices
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

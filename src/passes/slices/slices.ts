import { sizeOf } from '../../base/shapes.ts'
import { bytesOf } from '../../ir/budget.ts'
import { topological } from '../../ir/walk.ts'
import { simplify } from '../simplify/simplify.ts'
import { loopIndicesOf, tilesGathered, type LoopIndices } from './loop-indices.ts'
import { sliceLoops } from './loops.ts'
import { sliceShape } from './tiled.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'
import type { Cut } from './cut.ts'

/** When convolutions are computed in slices, in bytes. */
export interface Limits {
  /** Values smaller than this stay in cache anyway. */
  readonly worth: number
  /** What the largest value of a turn should not exceed. */
  readonly wanted: number
  /** Where it exceeds this, slices are of no use. */
  readonly most: number
  /** Rows of a slice, as products need some to be fast. */
  readonly rows: number
  /**
   * Slices that one turn does side by side, where they divide: onnxruntime shares an operation out along its first axis, so
   * that each of two threads stays with a slice from its first operation to its last, and finds it in its own core's cache.
   */
  readonly lanes: number
}

export const defaultLimits: Limits = { worth: 2 ** 23, wanted: 2 ** 22, most: 2 ** 24, rows: 128, lanes: 2 }

/** A shard has part of the images, and one thread: half of what two threads have in their caches. */
const limitsOfShard: Limits = { ...defaultLimits, worth: 2 ** 22, wanted: 2 ** 21, most: 2 ** 23 }

/**
 * Does what a convolution by Winograd's algorithm computes tile by tile in slices: some tiles of all images from the gather
 * to what is pooled, then the next ones, so that transformed tiles stay in cache and are never all there at once. So
 * too for its gradients, which are added up over the slices. What gradients read again is kept slice by slice.
 */
export const inSlices = (source: GraphSource, limits: Limits = defaultLimits): GraphSource =>
  sliced(source, limits, () => () => 0)

/** More loops than a stage has. */
const MOST_LOOPS = 2 ** 16

/** The same of a graph that is cut into stages afterwards: no loop does what is of two of them. */
export const inSlicesByStage = (
  source: GraphSource,
  stagesOf: (source: GraphSource) => (node: Node) => number,
): GraphSource =>
  sliced(source, limitsOfShard, (current) => {
    const stageOf = stagesOf(current)
    return (node) => MOST_LOOPS * stageOf(node)
  })

/** @param least of loop indices, in a graph as it is by then */
function sliced(
  source: GraphSource,
  limits: Limits,
  leastIn: (source: GraphSource) => (node: Node) => number,
): GraphSource {
  const bound = new Set(source.inputs.map(({ node }) => node))
  const nodes = topological(
    source.outputs.map(({ node }) => node),
    (node) => bound.has(node),
  )
  const counts = new Set(nodes.flatMap((node) => tilesGathered(node) ?? []))
  return [...counts].reduce((current, tiles) => {
    const indices = loopIndicesOf(current, tiles, leastIn(current))
    const cut = cutOf(indices, tiles, limits)
    return cut ? simplify(sliceLoops(current, indices, cut)) : current
  }, source)
}

/** How many slices pay; undefined where none do. */
function cutOf(indices: LoopIndices, tiles: number, limits: Limits): Cut | undefined {
  const { order, tiled, seeds, sums } = indices
  const largest = Math.max(0, ...[...tiled.keys()].map(bytesOf))
  if (largest < limits.worth) return undefined
  const images = Math.min(...[...seeds].map(imagesOf))
  const fits = (slices: number) =>
    tiles % slices === 0 &&
    (tiles / slices) * images >= limits.rows &&
    order.every((node) => !sums.has(node) || addsLittle(node, slices)) &&
    [...tiled].every(([{ shape }, each]) => sliceShape(shape, each, tiles, slices))
  const possible = Array.from({ length: tiles }, (_, i) => i + 1).filter(fits)
  const turn = (slices: number, lanes: number) => (largest / slices) * lanes
  const enough = (lanes: number) => {
    const even = possible.filter((slices) => slices % lanes === 0)
    return even.find((slices) => turn(slices, lanes) <= limits.wanted) ?? even.at(-1)
  }
  const found = [limits.lanes, 1].flatMap((lanes): Cut[] => {
    const slices = enough(lanes)
    return slices === undefined ? [] : [{ tiles, slices, lanes }]
  })
  return found.find(({ slices, lanes }) => slices > lanes && turn(slices, lanes) <= limits.most)
}

/** Of gathered tiles [places, tiles, images, …]; there may be no more than places and tiles. */
const imagesOf = ({ shape }: Node): number => (shape.length > 2 ? sizeOf(shape, 2) : 1)

/** Each slice reads and writes a sum once more; what it is a sum of need not be written and read. */
const addsLittle = (sum: Node, slices: number): boolean =>
  3 * slices * bytesOf(sum) <= 2 * Math.max(...sum.inputs.map(bytesOf))

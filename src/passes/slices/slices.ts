import { bytesPerElement } from '../../ir/dtype.ts'
import { elements } from '../../ir/type.ts'
import { topological } from '../../ir/walk.ts'
import { simplify } from '../simplify/simplify.ts'
import { levelsOf, tilesGathered, type Levels } from './levels.ts'
import { sliceLoops } from './loops.ts'
import { sliceShape } from './tiled.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

/** When convolutions are computed in slices, in bytes. */
export interface Limits {
  /** Values smaller than this stay in cache anyway. */
  readonly worth: number
  /** What the largest value of a slice should not exceed. */
  readonly wanted: number
  /** Where it exceeds this, slices are of no use. */
  readonly most: number
  /** Rows of a slice, as products need some to be fast. */
  readonly rows: number
}

export const defaultLimits: Limits = { worth: 2 ** 23, wanted: 2 ** 22, most: 2 ** 24, rows: 128 }

/**
 * Does what a convolution in Winograd's form computes tile by tile in slices: some tiles of all images from the gather
 * to what is pooled, then the next ones, so that transformed tiles stay in cache and are never all there at once. So
 * too for its gradients, which are added up over the slices. What gradients read again is kept slice by slice.
 */
export function inSlices(source: GraphSource, limits: Limits = defaultLimits): GraphSource {
  const bound = new Set(source.inputs.map(({ node }) => node))
  const nodes = topological(
    source.outputs.map(({ node }) => node),
    (node) => bound.has(node),
  )
  const counts = new Set(nodes.flatMap((node) => tilesGathered(node) ?? []))
  return [...counts].reduce((current, tiles) => {
    const levels = levelsOf(current, tiles)
    const slices = slicesOf(levels, tiles, limits)
    return slices === 1 ? current : simplify(sliceLoops(current, levels, tiles, slices))
  }, source)
}

const bytes = ({ shape, dtype }: Node): number => elements(shape) * bytesPerElement[dtype]

/** How many slices pay: 1 where none do. */
function slicesOf({ order, tiled, seeds, sums }: Levels, tiles: number, limits: Limits): number {
  const largest = Math.max(0, ...[...tiled.keys()].map(bytes))
  if (largest < limits.worth) return 1
  const images = Math.min(...[...seeds].map(({ shape }) => shape[2] ?? 1))
  const fits = (slices: number) =>
    (tiles / slices) * images >= limits.rows &&
    order.every((node) => !sums.has(node) || addsLittle(node, slices)) &&
    [...tiled].every(([{ shape }, each]) => sliceShape(shape, each, tiles, slices))
  const divisors = Array.from({ length: tiles }, (_, i) => i + 1).filter((n) => tiles % n === 0 && fits(n))
  const slices = divisors.find((n) => largest / n <= limits.wanted) ?? divisors.at(-1) ?? 1
  return largest / slices <= limits.most ? slices : 1
}

/** Each slice reads and writes a sum once more; what it is a sum of need not be written and read. */
const addsLittle = (sum: Node, slices: number): boolean =>
  3 * slices * bytes(sum) <= 2 * Math.max(...sum.inputs.map(bytes))

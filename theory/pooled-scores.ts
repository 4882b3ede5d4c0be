import { linearConvNetwork } from '../rules/recipes/linear/convolutional.ts'
import { stream } from '../runtime/values/random.ts'
import { bestProjections } from './best-projections.ts'
import { contrastNames, contrasts, type ContrastName } from './contrasts.ts'
import { randomDataset } from './dataset.ts'
import { belowTop, distances } from './distance.ts'
import { withGradientGraphs, type GradientGraph } from './gradient-graph.ts'
import { poolMatrix } from './network.ts'
import { backpropagatedProjections, overTiles, randomConvolution } from './pooled-projections.ts'
import { report, settings, type Setting, type Trial } from './pooled-report.ts'
import type { CheckOptions, CheckResult } from './check.ts'
import type { Matrix } from './matrix.ts'

export interface PooledScoresOptions extends CheckOptions {
  readonly channels?: number
  /** Side of the square maps. */
  readonly size?: number
  readonly depth?: number
  /** Sides of the tiles over which the layers below the top average before the score, from 1 up. */
  readonly pools?: readonly number[]
}

/**
 * Linear convolutions, 3×3, of as many channels out as in. A layer whose score keeps every position apart (k = 1)
 * has projections that give the backpropagated gradient exactly: B = (P Q)ᵀ B_top (P Q), where Q are the layers
 * above and P is the top's pooling. Two cases:
 *
 * - The top keeps positions apart too (P = 1). Then this B is the best one, as with dense layers of equal width.
 * - The top averages over its map. Then this B is not what the layer's own loss prefers. With k > 1, B must be the
 *   same for all positions of a tile; the nearest to this B is its average over tiles.
 */
export async function checkPooledScores({
  channels = 2,
  size = 4,
  depth = 3,
  pools = [1, 2, 4],
  ...options
}: PooledScoresOptions): Promise<CheckResult> {
  const widths = Array.from({ length: depth }, () => channels)
  const trials: Trial[] = []
  for (const contrast of contrastNames) {
    const cases = pools.flatMap((pool) => [1, size].map((top) => ({ pool, top })))
    const programs = cases.map(({ pool, top }) =>
      linearConvNetwork({
        channels,
        size,
        widths,
        pool: widths.map((_, i) => (i === depth - 1 ? top : pool)),
        contrast: contrasts[contrast].rule(),
      }),
    )
    await withGradientGraphs(programs, async (graphs) => {
      const graphOf = (pool: number, top: number) => {
        const graph = graphs[cases.findIndex((each) => each.pool === pool && each.top === top)]
        if (!graph) throw new Error(`no graph for tiles of ${pool}, ${top} at the top`)
        return graph
      }
      for (let network = 0; network < options.networks; network++)
        trials.push(...(await tryOut(graphOf, network, { channels, size, depth, pools, contrast }, options)))
    })
  }
  return report(trials, pools, options.networks)
}

interface Kind {
  readonly channels: number
  readonly size: number
  readonly depth: number
  readonly pools: readonly number[]
  readonly contrast: ContrastName
}

/** One network in all settings. */
async function tryOut(
  graphOf: (pool: number, top: number) => GradientGraph,
  network: number,
  { channels, size, depth, pools, contrast }: Kind,
  { batches, seed, goOn }: CheckOptions,
): Promise<Trial[]> {
  const data = randomDataset(graphOf(1, 1).section, batches, seed, network)
  const random = stream(seed, 'theory pooled scores', network)
  const layers = Array.from({ length: depth }, () => randomConvolution(channels, size, random))
  const sides = [...new Set([...pools, size])]
  const poolings = new Map(sides.map((side) => [side, poolMatrix(channels, size, side)]))
  const best = new Map<number, readonly Matrix[]>()
  for (const [side, pooling] of poolings) {
    goOn?.()
    const how = { contrast, context: 'same' as const, pools: layers.map(() => pooling) }
    best.set(side, bestProjections(layers, data, how).projections)
  }
  const trials: Trial[] = []
  for (const setting of Object.keys(settings) as Setting[]) {
    const { top, projections } = settings[setting]
    const topSide = top === 'position' ? 1 : size
    const atTop = found(best, topSide).at(-1)
    if (!atTop) throw new Error('a network has no layers')
    const exact = backpropagatedProjections(layers, found(poolings, topSide), atTop)
    for (const pool of pools) {
      const below =
        projections === 'best'
          ? found(best, pool).slice(0, -1)
          : exact.map((projection) => overTiles(projection, found(poolings, pool), pool))
      const graph = graphOf(pool, topSide)
      graph.assign(layers, [...below, atTop])
      const gradients = await graph.at(data.batches[0])
      trials.push({ contrast, pool, setting, distances: distances(belowTop(gradients)) })
    }
  }
  return trials
}

/** What a map holds for tiles of a side. */
const found = <Value>(map: ReadonlyMap<number, Value>, side: number): Value => {
  const value = map.get(side)
  if (value === undefined) throw new Error(`nothing for tiles of ${side}`)
  return value
}

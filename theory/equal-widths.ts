import { linearNetwork } from '../rules/recipes/linear/dense.ts'
import { stream } from '../runtime/values/random.ts'
import { bestProjections } from './best-projections.ts'
import {
  EQUAL,
  figure,
  notSmall,
  verdict,
  type CheckOptions,
  type CheckResult,
  type Verdict,
} from './check.ts'
import { contrastNames, contrasts, type ContrastName } from './contrasts.ts'
import { randomDataset, type Dataset } from './dataset.ts'
import { belowTop, distances, maximum, mean, type Distance } from './distance.ts'
import { withGradientGraphs, type GradientGraph } from './gradient-graph.ts'
import { denseLayer, spreadOrthogonal, type LinearLayer } from './network.ts'

export interface EqualWidthsOptions extends CheckOptions {
  readonly width?: number
  readonly depth?: number
  /** Largest singular values of the weights, rising from 1 (orthonormal); the smallest are their inverses. */
  readonly stretches?: readonly number[]
}

/** Weight decay of B, where it is not at the optimum of the loss alone. */
const DECAY = 0.01

/**
 * Layers of equal width. With orthonormal weights and every projection at its optimum, local gradients equal
 * backpropagated ones (the theorem). At the optimum any invertible weights will do: whatever invertible Q lies
 * between a layer and the top, B ↦ Qᵀ B Q maps all scores of the top to all scores of the layer, the best to the
 * best. A projection learned with weight decay stops short of that optimum; there Q must keep the norm of B too.
 */
export async function checkEqualWidths({
  width = 12,
  depth = 3,
  stretches = [1, 1.05, 1.1, 1.2, 1.5, 2],
  ...options
}: EqualWidthsOptions): Promise<CheckResult> {
  const widths = Array.from({ length: depth }, () => width)
  const curves: Curve[] = []
  for (const contrast of contrastNames) {
    const program = linearNetwork({ inputs: width, widths, contrast: contrasts[contrast].rule() })
    const trials = await withGradientGraphs([program], async ([graph]) => {
      const found: Trial[] = []
      for (let network = 0; network < options.networks; network++)
        for (const stretch of stretches) {
          options.goOn?.()
          if (!graph) continue
          const data = randomDataset(graph.section, options.batches, options.seed, network)
          const random = stream(options.seed, 'theory equal widths', network)
          const layers = widths.map(() => denseLayer(spreadOrthogonal(width, stretch, random)))
          found.push(await tryOut(graph, layers, data, { contrast, stretch }))
        }
      return found
    })
    curves.push({ contrast, points: stretches.map((stretch) => summarise(stretch, trials)) })
  }
  return {
    title: 'Equal widths: local gradients equal backpropagated ones',
    verdicts: curves.flatMap(judge),
    tables: [
      {
        caption:
          `Singular values of the weights from 1/σ to σ. With the best B: max|Δ|/max|g|, the largest of ` +
          `${options.networks} networks. With B under weight decay ${DECAY}: |Δ|/|g|, the mean.`,
        header: ['σ', ...curves.flatMap(({ contrast }) => [`${contrast}, best`, `${contrast}, decay`])],
        rows: stretches.map((stretch, i) => [
          stretch,
          ...curves.flatMap(({ points }) => [points[i]?.best ?? NaN, points[i]?.decayed ?? NaN]),
        ]),
      },
    ],
  }
}

interface Trial {
  readonly stretch: number
  readonly residual: number
  /** Per layer below the top, at the optimum and with decay. */
  readonly best: readonly Distance[]
  readonly decayed: readonly Distance[]
  /** The largest gradient of the whole data set at the optimum. */
  readonly overAll: number
}

async function tryOut(
  graph: GradientGraph,
  layers: readonly LinearLayer[],
  data: Dataset,
  { contrast, stretch }: { contrast: ContrastName; stretch: number },
): Promise<Trial> {
  const [batch] = data.batches
  const decayed = bestProjections(layers, data, { contrast, context: 'same', decay: DECAY })
  graph.assign(layers, decayed.projections)
  const withDecay = distances(belowTop(await graph.at(batch)))
  const best = bestProjections(layers, data, { contrast, context: 'same' })
  graph.assign(layers, best.projections)
  const overAll = (await graph.over(data)).flatMap(({ local, global }) => [maximum(local), maximum(global)])
  return {
    stretch,
    residual: Math.max(best.residual, decayed.residual),
    best: distances(belowTop(await graph.at(batch))),
    decayed: withDecay,
    overAll: Math.max(...overAll),
  }
}

interface Curve {
  readonly contrast: ContrastName
  readonly points: readonly Point[]
}

type Point = ReturnType<typeof summarise>

function summarise(stretch: number, trials: readonly Trial[]) {
  const own = trials.filter((trial) => trial.stretch === stretch)
  const [best, decayed] = [own.flatMap((trial) => trial.best), own.flatMap((trial) => trial.decayed)]
  return {
    best: Math.max(...best.map(({ largest }) => largest)),
    decayed: mean(decayed.map(({ relative }) => relative)),
    decayedLargest: Math.max(...decayed.map(({ largest }) => largest)),
    size: Math.min(...best.map(({ size }) => size)),
    overAll: Math.max(...own.map((trial) => trial.overAll)),
    residual: Math.max(...own.map(({ residual }) => residual)),
  }
}

function judge({ contrast, points }: Curve): Verdict[] {
  const [orthonormal] = points
  if (!orthonormal) return []
  const most = (of: (point: Point) => number) => Math.max(...points.map(of))
  const smallest = Math.min(...points.map(({ size }) => size))
  const rises = points.every(({ decayed }, i) => i === 0 || decayed > (points[i - 1]?.decayed ?? Infinity))
  return [
    verdict(
      orthonormal.best <= EQUAL,
      `${contrast}: orthonormal weights: local = global, max|Δ|/max|g| ≤ ${figure(orthonormal.best)} (bound ${EQUAL})`,
    ),
    notSmall(contrast, [smallest]),
    verdict(
      most(({ overAll }) => overAll) <= EQUAL * smallest,
      `${contrast}: over the whole data set both vanish, max|g| ≤ ${figure(most(({ overAll }) => overAll))}: ` +
        `every B is at its optimum (residual of the solver ≤ ${figure(most(({ residual }) => residual))})`,
    ),
    verdict(
      most(({ best }) => best) <= EQUAL,
      `${contrast}: beyond the theorem, invertible weights are enough: max|Δ|/max|g| ≤ ${figure(most(({ best }) => best))}`,
    ),
    verdict(
      orthonormal.decayedLargest <= EQUAL && rises,
      `${contrast}: B under weight decay: orthonormal weights still give equality (${figure(orthonormal.decayedLargest)}), ` +
        'and the difference grows as they leave orthonormality',
    ),
  ]
}

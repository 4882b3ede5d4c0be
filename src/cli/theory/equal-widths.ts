import { linearNetwork } from '../../../rules/recipes/linear/dense.ts'
import { softhinge, squared } from '../../../rules/index.ts'
import { stream } from '../../../runtime/random.ts'
import { bestProjections } from './best-projections.ts'
import { EQUAL, figure, NOT_SMALL, verdict, type CheckOptions, type CheckResult } from './check.ts'
import { randomDataset, type Dataset } from './dataset.ts'
import { distance, mean, type Distance } from './distance.ts'
import { GradientGraph, type LayerGradients } from './gradient-graph.ts'
import { denseLayer, spreadOrthogonal, type LinearLayer } from './network.ts'
import type { ContrastName } from './projection-loss.ts'

export interface EqualWidthsOptions extends CheckOptions {
  readonly width?: number
  readonly depth?: number
  /** How far singular values are from 1: the largest is e^spread, the smallest 1/e^spread. */
  readonly spreads?: readonly number[]
}

const DECAY = 0.01
const rules = { softhinge, squared } as const

/**
 * Layers of equal width. With orthonormal weights and every projection at its optimum, local gradients equal
 * backpropagated ones (the theorem). Beyond: at the optimum any invertible weights will do, since B ↦ Qᵀ B Q
 * maps all scores of the top to all scores of a layer, whatever invertible Q lies between them. A projection
 * learned with weight decay does not reach that optimum; there it matters that Q keeps the norm of B.
 */
export async function checkEqualWidths({
  width = 12,
  depth = 3,
  spreads = [0, 0.05, 0.1, 0.2, 0.4, 0.8],
  ...options
}: EqualWidthsOptions): Promise<CheckResult> {
  const names = Object.keys(rules) as ContrastName[]
  const found = new Map<ContrastName, Trial[]>()
  for (const contrast of names) {
    const widths = Array.from({ length: depth }, () => width)
    const graph = await GradientGraph.create(
      linearNetwork({ inputs: width, widths, contrast: rules[contrast]() }),
    )
    const trials: Trial[] = []
    try {
      for (let network = 0; network < options.networks; network++)
        for (const spread of spreads) {
          options.goOn?.()
          const data = randomDataset(graph.section, options.batches, options.seed, network)
          const random = stream(options.seed, 'theory equal widths', network)
          const layers = widths.map(() => denseLayer(spreadOrthogonal(width, spread, random)))
          trials.push(await tryOut(graph, layers, data, { contrast, spread }))
        }
    } finally {
      await graph.release()
    }
    found.set(contrast, trials)
  }
  return report(found, spreads, options.networks)
}

interface Trial {
  readonly spread: number
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
  { contrast, spread }: { contrast: ContrastName; spread: number },
): Promise<Trial> {
  const [batch] = data.batches
  if (!batch) throw new Error('a data set has no mini-batches')
  const decayed = bestProjections(layers, data, { contrast, context: 'same', decay: DECAY })
  graph.assign(layers, decayed.projections)
  const withDecay = belowTop(await graph.at(batch))
  const best = bestProjections(layers, data, { contrast, context: 'same' })
  graph.assign(layers, best.projections)
  const overAll = (await graph.over(data)).flatMap(({ local, global }) => [...local, ...global])
  return {
    spread,
    residual: Math.max(best.residual, decayed.residual),
    best: belowTop(await graph.at(batch)),
    decayed: withDecay,
    overAll: Math.max(...overAll.map(Math.abs)),
  }
}

/** The top layer's two gradients are the same by construction and are left out. */
export const belowTop = (gradients: readonly LayerGradients[]): Distance[] =>
  gradients.slice(0, -1).map(({ local, global }) => distance(local, global))

const largest = (distances: readonly Distance[]): number => Math.max(...distances.map((d) => d.largest))

function report(
  found: ReadonlyMap<ContrastName, readonly Trial[]>,
  spreads: readonly number[],
  networks: number,
): CheckResult {
  const curve = (trials: readonly Trial[]) =>
    spreads.map((spread) => {
      const own = trials.filter((trial) => trial.spread === spread)
      return {
        best: largest(own.flatMap(({ best }) => best)),
        decayedLargest: largest(own.flatMap(({ decayed }) => decayed)),
        decayed: mean(own.flatMap(({ decayed }) => decayed.map(({ relative }) => relative))),
      }
    })
  const verdicts = [...found].flatMap(([name, trials]) => {
    const points = curve(trials)
    const [orthonormal] = points
    const smallest = Math.min(...trials.flatMap(({ best }) => best.map(({ size }) => size)))
    const [overAll, residual] = [
      Math.max(...trials.map((trial) => trial.overAll)),
      Math.max(...trials.map((trial) => trial.residual)),
    ]
    const beyond = Math.max(...points.map(({ best }) => best))
    const rises = points.every(({ decayed }, i) => i === 0 || decayed > (points[i - 1]?.decayed ?? Infinity))
    const at = (value: number | undefined) => figure(value ?? NaN)
    return [
      verdict(
        (orthonormal?.best ?? NaN) <= EQUAL,
        `${name}: orthonormal weights, local = global, max|Δ|/max|g| = ${at(orthonormal?.best)} (bound ${EQUAL})`,
      ),
      verdict(
        smallest >= NOT_SMALL,
        `${name}: the gradients compared are not small, max|g| ≥ ${at(smallest)} (bound ${NOT_SMALL})`,
      ),
      verdict(
        overAll <= EQUAL * smallest,
        `${name}: over the whole data set both vanish, ${at(overAll)}, as they do only at the optimum of every B (solver's residual ${at(residual)})`,
      ),
      verdict(beyond <= EQUAL, `${name}: invertible weights are enough, max|Δ|/max|g| = ${at(beyond)}`),
      verdict(
        rises && (orthonormal?.decayedLargest ?? NaN) <= EQUAL,
        `${name}: B learned with weight decay ${DECAY}: still equal for orthonormal weights (${at(orthonormal?.decayedLargest)}), and the difference grows as weights leave orthonormality`,
      ),
    ]
  })
  const curves = new Map([...found].map(([name, trials]) => [name, curve(trials)]))
  return {
    title: 'Equal widths: local gradients equal backpropagated ones',
    verdicts,
    tables: [
      {
        caption:
          `Singular values of the weights from 1/σ to σ. Best B: max|Δ|/max|g|, the largest of ${networks} networks. ` +
          `B with decay: |Δ|/|g|, their mean.`,
        header: ['σ', ...[...curves.keys()].flatMap((name) => [`${name}, best B`, `${name}, B with decay`])],
        rows: spreads.map((spread, i) => [
          Math.exp(spread),
          ...[...curves.values()].flatMap((points) => [points[i]?.best ?? NaN, points[i]?.decayed ?? NaN]),
        ]),
      },
    ],
  }
}

import { linearNetwork } from '../../../rules/recipes/linear/dense.ts'
import { softhinge, squared } from '../../../rules/index.ts'
import { stream } from '../../../runtime/random.ts'
import { bestProjections } from './best-projections.ts'
import { figure, NOT_SMALL, verdict, type CheckOptions, type CheckResult } from './check.ts'
import { randomDataset, type Dataset } from './dataset.ts'
import { distance, joined, median } from './distance.ts'
import { GradientGraph, type LayerGradients } from './gradient-graph.ts'
import { semiOrthogonal } from './matrix.ts'
import { denseLayer, type LinearLayer } from './network.ts'
import type { ContrastName } from './projection-loss.ts'

export interface ShrinkingWidthsOptions extends CheckOptions {
  /** Features of the input, then units per layer. */
  readonly widths?: readonly number[]
}

const rules = { softhinge, squared } as const
const contexts = ['same', 'top'] as const

/** |local - global| / |global| of one network: per layer below the top, then of all of these together. */
interface Trial {
  readonly contrast: ContrastName
  readonly on: 'mini-batch' | 'data set'
  readonly plain: readonly number[]
  readonly feedback: readonly number[]
  /** The least of the layers' largest backpropagated elements. */
  readonly size: number
}

/**
 * Layers that shrink, with semi-orthogonal weights: the plain rule (c = z of the layer) is off, as activity has
 * directions that the layers above throw away; direct feedback (c = z of the top) is nearer to backpropagation.
 */
export async function checkShrinkingWidths({
  widths = [12, 10, 8, 6],
  ...options
}: ShrinkingWidthsOptions): Promise<CheckResult> {
  const [inputs = 0, ...units] = widths
  const trials: Trial[] = []
  for (const contrast of Object.keys(rules) as ContrastName[]) {
    const graphs = await Promise.all(
      contexts.map((context) =>
        GradientGraph.create(linearNetwork({ inputs, widths: units, contrast: rules[contrast](), context })),
      ),
    )
    try {
      for (let network = 0; network < options.networks; network++) {
        options.goOn?.()
        const random = stream(options.seed, 'theory shrinking widths', network)
        const layers = units.map((rows, i) => denseLayer(semiOrthogonal(rows, widths[i] ?? 0, random)))
        trials.push(...(await tryOut(graphs, layers, contrast, network, options)))
      }
    } finally {
      for (const graph of graphs) await graph.release()
    }
  }
  return report(trials, units.length - 1, options.networks, widths)
}

async function tryOut(
  graphs: readonly GradientGraph[],
  layers: readonly LinearLayer[],
  contrast: ContrastName,
  network: number,
  { batches, seed }: CheckOptions,
): Promise<Trial[]> {
  const measured: { batch: LayerGradients[]; all: LayerGradients[] }[] = []
  for (const [i, graph] of graphs.entries()) {
    const data: Dataset = randomDataset(graph.section, batches, seed, network)
    const [batch] = data.batches
    if (!batch) throw new Error('a data set has no mini-batches')
    const best = bestProjections(layers, data, { contrast, context: contexts[i] ?? 'same' })
    graph.assign(layers, best.projections)
    measured.push({ batch: await graph.at(batch), all: await graph.over(data) })
  }
  const [plain, feedback] = measured
  if (!plain || !feedback) throw new Error('two rules are compared')
  const trial = (on: Trial['on'], own: readonly LayerGradients[], direct: readonly LayerGradients[]): Trial => ({
    contrast,
    on,
    plain: distances(own),
    feedback: distances(direct),
    size: Math.min(...own.slice(0, -1).map(({ local, global }) => distance(local, global).size)),
  })
  return [
    trial('mini-batch', plain.batch, feedback.batch),
    trial('data set', plain.all, feedback.all),
  ]
}

function distances(gradients: readonly LayerGradients[]): number[] {
  const below = gradients.slice(0, -1)
  const all = { local: joined(below.map((g) => g.local)), global: joined(below.map((g) => g.global)) }
  return [...below, all].map(({ local, global }) => distance(local, global).relative)
}

function report(
  trials: readonly Trial[],
  layers: number,
  networks: number,
  widths: readonly number[],
): CheckResult {
  const groups = (Object.keys(rules) as ContrastName[]).flatMap((contrast) =>
    (['mini-batch', 'data set'] as const).map((on) => ({
      contrast,
      on,
      own: trials.filter((trial) => trial.contrast === contrast && trial.on === on),
    })),
  )
  const verdicts = groups.flatMap(({ contrast, on, own }) => {
    const pairs = own.flatMap(({ plain, feedback }) => plain.map((value, i) => [value, feedback[i] ?? NaN]))
    const never = pairs.filter(([plain = NaN, feedback = NaN]) => !(plain >= feedback)).length
    const smallest = Math.min(...own.map(({ size }) => size))
    return [
      verdict(
        never === 0,
        `${contrast}, ${on}: the plain rule is never nearer to backpropagation than direct feedback, ` +
          `in any layer or in all together, of ${networks} networks (${never} of ${pairs.length} exceptions)`,
      ),
      ...(on === 'mini-batch'
        ? [
            verdict(
              smallest >= NOT_SMALL,
              `${contrast}: the gradients compared are not small, max|g| ≥ ${figure(smallest)} (bound ${NOT_SMALL})`,
            ),
          ]
        : []),
    ]
  })
  const rows = groups.flatMap(({ contrast, on, own }) =>
    Array.from({ length: layers + 1 }, (_, i) => {
      const plain = own.map((trial) => trial.plain[i] ?? NaN)
      const feedback = own.map((trial) => trial.feedback[i] ?? NaN)
      const ratios = plain.map((value, n) => value / (feedback[n] ?? NaN))
      const spread = (values: readonly number[]) => [Math.min(...values), median(values), Math.max(...values)]
      return [
        contrast,
        on,
        i < layers ? `layer ${i + 1}` : 'both',
        ...spread(plain),
        ...spread(feedback),
        ...spread(ratios).slice(0, 2),
      ]
    }),
  )
  return {
    title: `Shrinking widths ${widths.join('-')}: direct feedback is nearer than the plain rule`,
    verdicts,
    tables: [
      {
        caption: `|Δ|/|g| over ${networks} networks: least, median, most; and how many times as far the plain rule is.`,
        header: [
          'contrast',
          'gradient of',
          'layer',
          ...['plain', '…', '…', 'feedback', '…', '…', 'ratio', '…'],
        ],
        rows,
      },
    ],
  }
}

import { linearNetwork } from '../rules/recipes/linear/dense.ts'
import { stream } from '../runtime/values/random.ts'
import { bestProjections } from './best-projections.ts'
import { notSmall, verdict, type CheckOptions, type CheckResult, type Verdict } from './check.ts'
import { contrastNames, contrasts, type ContrastName } from './contrasts.ts'
import { randomDataset } from './dataset.ts'
import { belowTop, distances, joined, median, type Distance } from './distance.ts'
import { withGradientGraphs, type GradientGraph, type LayerGradients } from './gradient-graph.ts'
import { semiOrthogonal } from './matrix.ts'
import { denseLayer, type LinearLayer } from './network.ts'

export interface ShrinkingWidthsOptions extends CheckOptions {
  /** Features of the input, then units per layer. */
  readonly widths?: readonly number[]
}

const contexts = ['same', 'top'] as const
const spans = ['mini-batch', 'data set'] as const

/** One network: distances of each layer below the top, and last of all of them together. */
interface Trial {
  readonly contrast: ContrastName
  readonly gradientOf: (typeof spans)[number]
  readonly plain: readonly Distance[]
  readonly feedback: readonly Distance[]
}

/**
 * Layers that shrink, with semi-orthogonal weights. The plain rule (c = the layer's own activity) is off, as activity
 * has directions that the layers above throw away; direct feedback (c = the top's activity) is nearer to
 * backpropagation. Judged on a mini-batch; for the whole data set, where what is left of the gradients is small,
 * distances are told and not judged.
 */
export async function checkShrinkingWidths({
  widths = [12, 10, 8, 6],
  ...options
}: ShrinkingWidthsOptions): Promise<CheckResult> {
  const [inputs = 0, ...units] = widths
  const trials: Trial[] = []
  for (const contrast of contrastNames) {
    const rule = contrasts[contrast].rule()
    const programs = contexts.map((context) =>
      linearNetwork({ inputs, widths: units, contrast: rule, context }),
    )
    await withGradientGraphs(programs, async (graphs) => {
      for (let network = 0; network < options.networks; network++) {
        options.goOn?.()
        const random = stream(options.seed, 'theory shrinking widths', network)
        const layers = units.map((rows, i) => denseLayer(semiOrthogonal(rows, widths[i] ?? 0, random)))
        trials.push(...(await tryOut(graphs, layers, contrast, network, options)))
      }
    })
  }
  const groups = contrastNames.flatMap((contrast) =>
    spans.map((gradientOf) => ({
      contrast,
      gradientOf,
      trials: trials.filter((trial) => trial.contrast === contrast && trial.gradientOf === gradientOf),
    })),
  )
  return {
    title: `Shrinking widths ${widths.join('-')}: direct feedback is nearer to backpropagation than the plain rule`,
    verdicts: groups.filter(({ gradientOf }) => gradientOf === 'mini-batch').flatMap(judge),
    tables: [
      {
        caption: `|Δ|/|g| over ${options.networks} networks: the least, the median and the largest of each rule, and of plain/feedback.`,
        header: ['contrast', 'gradient of', 'layer', ...['plain', 'feedback', 'ratio'].flatMap(threefold)],
        rows: groups.flatMap(tabulate),
      },
    ],
  }
}

const threefold = (name: string): string[] => [`${name} min`, 'median', 'max']

async function tryOut(
  graphs: readonly GradientGraph[],
  layers: readonly LinearLayer[],
  contrast: ContrastName,
  network: number,
  { batches, seed }: CheckOptions,
): Promise<Trial[]> {
  const measured: Distance[][][] = []
  for (const [i, graph] of graphs.entries()) {
    const data = randomDataset(graph.section, batches, seed, network)
    const best = bestProjections(layers, data, { contrast, context: contexts[i] ?? 'same' })
    graph.assign(layers, best.projections)
    const gradients = [await graph.at(data.batches[0]), await graph.over(data)]
    measured.push(gradients.map((each) => withAll(belowTop(each))))
  }
  return spans.map((gradientOf, span) => {
    const [plain = [], feedback = []] = measured.map((each) => each[span] ?? [])
    return { contrast, gradientOf, plain, feedback }
  })
}

const withAll = (layers: readonly LayerGradients[]): Distance[] => {
  const together = {
    local: joined(layers.map(({ local }) => local)),
    global: joined(layers.map(({ global }) => global)),
  }
  return distances([...layers, together])
}

type Group = Pick<Trial, 'contrast' | 'gradientOf'> & { readonly trials: readonly Trial[] }

function judge({ contrast, trials }: Group): Verdict[] {
  const pairs = trials.flatMap(({ plain, feedback }) =>
    plain.map(({ relative }, i) => ({ plain: relative, feedback: feedback[i]?.relative ?? NaN })),
  )
  const exceptions = pairs.filter(({ plain, feedback }) => !(plain >= feedback)).length
  return [
    verdict(
      exceptions === 0,
      `${contrast}: in none of ${trials.length} networks is the plain rule nearer, in any layer or in all together ` +
        `(${exceptions} exceptions in ${pairs.length} comparisons)`,
    ),
    notSmall(
      contrast,
      trials.flatMap(({ plain }) => plain.map(({ size }) => size)),
    ),
  ]
}

function tabulate({ contrast, gradientOf, trials }: Group): (string | number)[][] {
  const places = trials[0]?.plain.length ?? 0
  return Array.from({ length: places }, (_, i) => {
    const plain = trials.map((trial) => trial.plain[i]?.relative ?? NaN)
    const feedback = trials.map((trial) => trial.feedback[i]?.relative ?? NaN)
    const ratio = plain.map((value, network) => value / (feedback[network] ?? NaN))
    const spread = (values: readonly number[]) => [Math.min(...values), median(values), Math.max(...values)]
    const place = i < places - 1 ? `layer ${i + 1}` : 'all'
    return [contrast, gradientOf, place, ...spread(plain), ...spread(feedback), ...spread(ratio)]
  })
}

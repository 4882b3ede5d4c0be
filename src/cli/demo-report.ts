import { DEMO_TITLE } from './demo-place.ts'
import { readMetrics } from '../../runtime/files/metrics.ts'
import { runFiles } from '../../runtime/files/run-folder.ts'
import { table } from './table.ts'
import { plural } from './units.ts'
import type { Cell, Comparison, Run } from '../../report/index.ts'
import type { SeedResults } from './demo-probe.ts'
import type { ProbeResult } from '../../runtime/probe/probe.ts'
import type { HostTensor } from '../../runtime/values/tensor.ts'
import type { Values } from '../../runtime/values/value-store.ts'

/** What the demo found, as data for the report and as text for the terminal. */

const readouts = [
  { probe: 'average', group: 'Global averages' },
  { probe: 'spatial', group: 'Spatial features' },
] as const
const measures = [
  { name: 'kNN', value: (result: ProbeResult) => result.knn },
  { name: 'linear', value: (result: ProbeResult) => result.linear },
  { name: '10 labels', value: (result: ProbeResult) => result.fewLabels.mean },
] as const

export function demoReport(
  results: readonly SeedResults[],
  { epochs, seeds }: { readonly epochs: number; readonly seeds: number },
  seconds: number,
): Comparison {
  const [first] = results
  const [run] = first?.trained ?? []
  if (!first || !run) throw new Error('nothing was trained')
  const { program, train } = run.run.bundle.manifest
  return {
    title: DEMO_TITLE,
    subtitle: 'The same encoder, taught in three ways without labels, then frozen and probed.',
    settings: [
      ['Images', 'Fashion-MNIST, 6,000 images to train and 1,000 to test'],
      ['Encoder', program.layers.map(({ summary }) => summary).join(' → ')],
      ['Batch', `${train.batch} images in ${program.views.length} views, ${epochs} epochs`],
      [
        'Optimizer',
        `${String(program.optimizer.name)}, learning rate ${train.rate?.lr ?? 0} (${train.rate?.kind ?? ''}), ten times that for projections`,
      ],
      ['Seeds', Array.from({ length: seeds }, (_, seed) => seed).join(', ')],
      ['Time', `${seconds.toFixed(0)} s`],
    ],
    notes: [
      'kNN votes among the 10 nearest training images by cosine. The linear probe is trained on all labels of the ' +
        'training images, or on 10 a class (mean over 5 draws); its last epoch counts, never the best on the test images.',
      'Spatial features keep positions: averages over tiles; for raw pixels, the pixels themselves. An untrained ' +
        'encoder is strong there, so what learning adds shows on global averages.',
    ],
    table: {
      caption:
        seeds > 1
          ? `Accuracy on the test images in %; mean ± standard deviation over ${plural(seeds, 'seed')}.`
          : 'Accuracy on the test images in %, one seed.',
      columns: readouts.flatMap(({ group }) => measures.map(({ name }) => ({ name, group }))),
      rows: first.probed.map(({ name, baseline }) => ({
        name,
        baseline,
        cells: readouts.flatMap(({ probe }) =>
          measures.map(({ value }) => cell(results, name, probe, value)),
        ),
      })),
      reference: 'untrained',
    },
    runs: first.trained.map(describeRun),
    commands: [`npm run demo${seeds > 1 ? ` -- --seeds ${seeds}` : ''}`],
  }
}

/** Raw pixels have positions only, so they stand among the spatial features. */
function cell(
  results: readonly SeedResults[],
  name: string,
  probe: string,
  value: (result: ProbeResult) => number,
): Cell {
  const values = results.flatMap(({ probed }) => {
    const found = probed.find((each) => each.name === name)?.results
    const wanted = found?.find(
      (result) => result.probe === probe || (result.probe === 'pixels' && probe === 'spatial'),
    )
    return wanted ? [value(wanted)] : []
  })
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length
  if (values.length < 2) return { value: mean }
  const variance = values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (values.length - 1)
  return { value: mean, spread: Math.sqrt(variance) }
}

function describeRun({ program, run, summary, before, after }: SeedResults['trained'][number]): Run {
  const { manifest } = run.bundle
  const metrics = readMetrics(runFiles(run.folder).metrics)
  const layers = Object.keys(metrics[0]?.losses ?? {})
  const [kernel] = manifest.train.parameters.filter(({ shape }) => shape.length === 4)
  const [, channels = 1, height = 1, width = 1] = kernel?.shape ?? []
  return {
    name: program.name,
    description: `${manifest.program.credit} credit, rule ${manifest.program.rule}`,
    losses: layers.map((layer) => ({
      layer,
      points: metrics.map(({ step, losses }) => [step, losses[layer] ?? NaN] as const),
    })),
    filters: kernel && {
      layer: kernel.layer,
      width,
      height,
      channels,
      before: kernels(before, kernel.name),
      after: kernels(after, kernel.name),
    },
    seconds: summary.seconds,
    imagesPerSecond: summary.imagesPerSecond,
    graphs: manifest.train.graphs.map(({ name, cost }) => ({ name, nodes: cost.nodes, flops: cost.flops })),
    locality: manifest.locality,
  }
}

/** The kernels of a convolution one by one. */
function kernels(values: Values, name: string): Float32Array[] {
  const tensor: HostTensor | undefined = values.get(name)
  if (!tensor) return []
  const [count = 0] = tensor.shape
  const size = tensor.data.length / count
  return Array.from({ length: count }, (_, i) =>
    Float32Array.from(tensor.data.slice(i * size, (i + 1) * size), Number),
  )
}

/** The headline as a table for the terminal. */
export function resultText({ table: { columns, rows, caption } }: Comparison): string {
  const show = ({ value, spread }: Cell) =>
    Number.isNaN(value)
      ? '–'
      : `${(100 * value).toFixed(1)}${spread === undefined ? '' : ` ± ${(100 * spread).toFixed(1)}`}`
  const header = [
    '',
    ...columns.map(({ name, group }) => `${group === 'Global averages' ? 'average' : 'spatial'} ${name}`),
  ]
  const lines = rows.map(({ name, cells }) => [name, ...cells.map(show)])
  return `${caption}\n\n${table(header, lines, `l${'r'.repeat(columns.length)}`)}`
}

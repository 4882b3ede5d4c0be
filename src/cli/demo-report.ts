import { shown } from '../base/file-error.ts'
import { present } from '../base/lists.ts'
import { DEMO_TITLE } from './demo-place.ts'
import { methodTable } from './report/accuracy.ts'
import { gatherRun } from './report/gather.ts'
import { ownImages } from './own-images.ts'
import { ownCommand, shellCommand } from './shell-word.ts'
import { table } from './table.ts'
import { DEFAULT_PROBE_EPOCHS } from '../../runtime/probe/probe.ts'
import type { Cell, Comparison, Run } from '../../report/index.ts'
import type { SessionOptions } from '../../runtime/session/options.ts'
import type { ProbeFigures } from './report/probe-file.ts'
import type { SeedResults } from './demo-probe.ts'

/** What the demo found, as data for the report and as text for the terminal. */

/** Of all probes of the demo. */
const classifiers = { k: 10, labels: 10, epochs: DEFAULT_PROBE_EPOCHS }

/** The page shows the runs of the first seed. */
export async function demoReport(
  results: readonly SeedResults[],
  { data, epochs, seeds }: { readonly data: string; readonly epochs: number; readonly seeds: number },
  seconds: number,
  session: SessionOptions,
): Promise<Comparison> {
  const [first] = results
  const [run] = first?.trained ?? []
  if (!first || !run) throw new Error('nothing was trained')
  const { program, train } = run.run.bundle.manifest
  const isOwn = data === ownImages
  const more = seeds > 1 ? ['--seeds', String(seeds)] : []
  const runs: Run[] = []
  for (const { program, run } of first.trained)
    runs.push((await gatherRun(run.folder, session, probesOf(first, program.name))).run)
  return {
    title: DEMO_TITLE,
    subtitle: 'The same encoder, taught in three ways without labels, then frozen and probed.',
    settings: [
      ['Images', isOwn ? 'Fashion-MNIST, 6,000 images to train and 1,000 to test' : shown(data)],
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
    table: methodTable(
      first.probed.map(({ name, baseline }) => ({
        ...{ name, baseline },
        seeds: results.flatMap(({ probed }) =>
          probed.flatMap((each) => (each.name === name ? [each.results] : [])),
        ),
      })),
      classifiers,
      { images: 'the test images', seeds },
    ),
    runs,
    commands: [
      isOwn
        ? shellCommand(['npm', 'run', 'demo', ...(more.length > 0 ? ['--', ...more] : [])])
        : ownCommand(['demo', '--data', data, ...more]),
    ],
  }
}

/** What was probed of one encoder, as `hebb probe` would have written it. */
function probesOf({ seed, trained, probed }: SeedResults, name: string): ProbeFigures {
  const of = (wanted: string) => probed.find((each) => each.name === wanted)?.results ?? []
  const { summary } = present(
    trained.find(({ program }) => program.name === name),
    name,
  )
  return {
    step: summary.step,
    settings: { ...classifiers, seed },
    encoders: [
      { encoder: 'untrained', results: of('untrained') },
      { encoder: 'trained', results: of(name) },
    ],
  }
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

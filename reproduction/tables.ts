import { table } from '../bench/markdown.ts'
import { present } from '../src/base/lists.ts'
import { names, published } from './names.ts'
import { orderText } from './order.ts'
import type { Accuracy, MeasuredRun, Point, Reproduced } from './results.ts'

/** Tables of docs/reproduction.md: each figure is the mean over seeds, with all of them behind it. */

/** `54.1 (53.8, 54.4)`. */
export function over(values: readonly number[], show: (value: number) => string): string {
  if (values.length === 0) return '–'
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.length === 1 ? show(mean) : `${show(mean)} (${values.map(show).join(', ')})`
}

export const percent = (value: number): string => (100 * value).toFixed(1)
export const nameOf = (name: string): string => present(names[name], `a name for ${name}`)

/** Names in the order of the first of each. */
const distinct = (named: readonly { readonly name: string }[]): string[] => [
  ...new Set(named.map(({ name }) => name)),
]

function accuracyTable({ baselines, runs }: Reproduced): string {
  const rows = [...baselines, ...runs]
  const of = (name: string, read: (accuracy: Accuracy) => number) =>
    over(
      rows.flatMap((row) => (row.name === name && row.end ? read(row.end) : [])),
      percent,
    )
  return table(
    ['', 'linear', 'nearest neighbours', 'linear, in the paper'],
    distinct(rows.filter(({ end }) => end)).map((name) => [
      nameOf(name),
      of(name, ({ linear }) => linear),
      of(name, ({ knn }) => knn),
      name in published ? present(published[name], name).toFixed(1) : '–',
    ]),
  )
}

/** One row a variant, one column for every so many epochs. */
function curveTable(
  runs: readonly MeasuredRun[],
  read: (point: Point) => number | undefined,
  show: typeof percent,
) {
  const epochs = [...new Set(runs.flatMap(({ curve }) => curve.map(({ epoch }) => epoch)))].sort(
    (a, b) => a - b,
  )
  const cell = (name: string, epoch: number) => {
    const values = runs
      .filter((run) => run.name === name)
      .flatMap(({ curve }) =>
        curve.filter((point) => point.epoch === epoch).flatMap((point) => read(point) ?? []),
      )
    return values.length === 0 ? '–' : show(values.reduce((sum, value) => sum + value, 0) / values.length)
  }
  const known = distinct(runs.filter(({ curve }) => curve.some((point) => read(point) !== undefined)))
  return table(
    ['epoch', ...epochs.map(String)],
    known.map((name) => [nameOf(name), ...epochs.map((epoch) => cell(name, epoch))]),
  )
}

/** Mean cosines at the last epoch that is measured of each run, layer by layer. */
function cosineTable(runs: readonly MeasuredRun[]): string {
  const last = runs.flatMap(({ name, curve }) => {
    const cosines = curve.at(-1)?.cosines
    return cosines ? [{ name, cosines }] : []
  })
  const layers = last[0]?.cosines.layers.map(({ layer }) => layer) ?? []
  const row = (name: string): string[] => {
    const of = last.filter((each) => each.name === name)
    const inLayer = (wanted: string) =>
      of.flatMap(({ cosines }) =>
        cosines.layers.flatMap(({ layer, cosine }) => (layer === wanted ? cosine : [])),
      )
    return [
      nameOf(name),
      over(
        of.map(({ cosines }) => cosines.mean),
        (value) => value.toFixed(3),
      ),
      ...layers.map((layer) => over(inLayer(layer), (value) => value.toFixed(2))),
    ]
  }
  return table(['', 'mean below the top', ...layers], distinct(last).map(row))
}

export function reproductionTables(found: Reproduced): string {
  const { settings, runs, open, steps } = found
  const atEnd = runs.filter(({ end }) => end)
  const epochs = [...new Set(atEnd.map(({ step }) => Math.round(step / steps)))].join(', ')
  const images = `${settings.perClass} training images a class`
  const parts = [
    open.length === 0
      ? []
      : [`**Under way:** ${open.join(', ')} ${open.length === 1 ? 'is' : 'are'} not at the end yet.`],
    atEnd.length === 0
      ? []
      : [
          `Accuracy on the 10,000 test images in %, after ${epochs} epochs of training. In brackets: seed by seed.`,
          accuracyTable(found),
          orderText(found),
        ],
    [
      `Along training, the same images and a small probe (${images}, no crops, ${settings.shortEpochs} epochs): linear, mean over the seeds that have come so far, in %:`,
      curveTable(runs, ({ accuracy }) => accuracy.linear, percent),
      `Mean cosine between the local update and backpropagation of the same rule, of the layers below the top (${settings.batches} batches):`,
      curveTable(
        runs,
        ({ cosines }) => cosines?.mean,
        (value) => value.toFixed(3),
      ),
      'The same at the last of these epochs, layer by layer; in brackets: seed by seed.',
      cosineTable(runs),
    ],
  ]
  return parts.flat().join('\n\n')
}

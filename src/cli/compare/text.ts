import { duration } from '../units.ts'
import { table, type Cell } from '../table.ts'
import { featureName } from '../probe-table.ts'
import { measures } from './figures.ts'
import type { Summary } from '../../base/statistics.ts'
import type { Compared, Comparison } from './comparison.ts'

/** Figures for people: means ± standard deviations over seeds. */

type Show = (value: number) => string

const shown = (summary: Summary | undefined, show: Show, showDeviation: Show = show): string => {
  if (!summary) return '–'
  const { mean, deviation } = summary
  return deviation === undefined ? show(mean) : `${show(mean)} ± ${showDeviation(deviation)}`
}

const percent: Show = (fraction) => (100 * fraction).toFixed(1)
const signed: Show = (fraction) => `${fraction < 0 ? '−' : '+'}${percent(Math.abs(fraction))}`
const four: Show = (value) => value.toPrecision(4)
const three: Show = (value) => value.toFixed(3)

/** What figures begin with that are of something else than the trained network on what it was trained on. */
const families = { validation: 'validation.', untrained: 'untrained.', logged: 'log.' } as const

/** `average.knn` is the readout `average`: names of all that begin and end so, in their order. */
function stems(groups: readonly Compared[], ending: string, beginning = ''): string[] {
  const names = new Set(groups.flatMap(({ figures }) => [...figures.keys()]))
  const family = (name: string) => Object.values(families).find((each) => name.startsWith(each)) ?? ''
  return [...names].flatMap((name) => {
    if (family(name) !== beginning || !name.endsWith(ending)) return []
    return name.slice(beginning.length, -ending.length) || []
  })
}

/** What all runs were probed with; undefined where that differs, or nobody was. */
function settingsOf({ runs }: Comparison, name: 'k' | 'labels'): number | undefined {
  const values = new Set(runs.flatMap(({ probed }) => (probed ? [probed[name]] : [])))
  return values.size === 1 ? [...values][0] : undefined
}

function accuracyHeader(comparison: Comparison, counted: string): string[] {
  const [k, labels] = [settingsOf(comparison, 'k'), settingsOf(comparison, 'labels')]
  const few = labels === undefined ? 'few labels' : `${labels} ${labels === 1 ? 'label' : 'labels'} a class`
  return ['features', 'program', counted, k === undefined ? 'neighbours' : `${k} neighbours`, 'linear', few]
}

const seedsOf = (summary: Summary | undefined): Cell => (summary ? summary.count : '–')

/** A line of a table of accuracies: of a readout of the figures that begin so. */
const accuracyRow = (readout: string, name: string, { figures }: Compared, beginning = ''): Cell[] => [
  ...[featureName(readout), name, seedsOf(figures.get(`${beginning}${readout}.linear`))],
  ...measures.map((measure) => shown(figures.get(`${beginning}${readout}.${measure}`), percent)),
]

/** Of what training has not changed: once where it is the same of all groups, as of those that differ in the rate. */
function baselineRows({ groups }: Comparison, readout: string, name: string, beginning: string): Cell[][] {
  const there = groups.filter(({ figures }) => figures.has(`${beginning}${readout}.linear`))
  const rows = new Map(there.map((group) => [accuracyRow(readout, '', group, beginning).join(), group]))
  return [...rows.values()].map((group) =>
    accuracyRow(readout, rows.size === 1 ? name : `${group.name}, ${name}`, group, beginning),
  )
}

function accuracies(comparison: Comparison, readouts: readonly string[]): string {
  const rows = readouts.flatMap((readout) =>
    readout === PIXELS
      ? baselineRows(comparison, readout, '–', '')
      : [
          ...baselineRows(comparison, readout, 'untrained', families.untrained),
          ...comparison.groups.map((group) => accuracyRow(readout, group.name, group)),
        ],
  )
  return table(accuracyHeader(comparison, 'runs'), rows, 'llrrrr')
}
const PIXELS = 'pixels'

function paired(comparison: Comparison, readouts: readonly string[]): string | undefined {
  const rows = readouts.flatMap((readout) =>
    comparison.groups.flatMap(({ name, differences }) => {
      const pairs = differences.get(`${readout}.linear`)
      if (!pairs) return []
      const cells = measures.map((measure) =>
        shown(differences.get(`${readout}.${measure}`), signed, percent),
      )
      return [[featureName(readout), name, pairs.count, ...cells]]
    }),
  )
  return rows.length === 0 ? undefined : table(accuracyHeader(comparison, 'pairs'), rows, 'llrrrr')
}

function losses({ groups }: Comparison): string {
  const layers = stems(groups, '.loss')
  const rows = groups.map(({ name, runs, figures }) => [
    ...[name, runs.size],
    ...layers.map((layer) => shown(figures.get(`${layer}.loss`), four, (value) => value.toPrecision(2))),
    shown(figures.get('seconds'), duration),
  ])
  return table(['program', 'runs', ...layers, 'time'], rows)
}

function validationLosses({ groups }: Comparison): string | undefined {
  const layers = stems(groups, '.loss', families.validation)
  if (layers.length === 0) return undefined
  const rows = groups.map(({ name, runs, figures }) => [
    ...[name, runs.size],
    ...layers.map((layer) =>
      shown(figures.get(`${families.validation}${layer}.loss`), four, (value) => value.toPrecision(2)),
    ),
  ])
  return table(['program', 'runs', ...layers], rows)
}

function alignments({ groups }: Comparison): string | undefined {
  const layers = stems(groups, '.cosine')
  if (layers.length === 0) return undefined
  const rows = groups.map(({ name, runs, figures }) => [
    ...[name, runs.size],
    ...layers.map((layer) => shown(figures.get(`${layer}.cosine`), three)),
  ])
  return table(['program', 'runs', ...layers], rows)
}

/** Features of all layers together come first; those of one layer are called by its name. */
const isOfLayer = (readout: string): boolean => readout.includes('.')

/** All tables, each below its title. `layers`: also what each layer's features know. */
export function comparisonText(comparison: Comparison, layers: boolean): string {
  const readouts = stems(comparison.groups, '.linear').filter((name) => layers || !isOfLayer(name))
  const learned = readouts.filter((readout) => readout !== PIXELS)
  const differences = learned.length > 0 ? paired(comparison, learned) : undefined
  const [aside, aligned] = [validationLosses(comparison), alignments(comparison)]
  const parts = [
    ...(readouts.length > 0
      ? [`Accuracy in %, mean ± standard deviation over seeds\n\n${accuracies(comparison, readouts)}`]
      : []),
    ...(differences === undefined
      ? []
      : [`Difference to ${comparison.baseline} in points, over the seeds that both have\n\n${differences}`]),
    `Losses, means over the last epoch, and the time of all steps\n\n${losses(comparison)}`,
    ...(aside === undefined ? [] : [`Losses on the images that were set aside, at the end\n\n${aside}`]),
    ...(aligned === undefined
      ? []
      : [
          `Cosine with backpropagation's update; the mean is without what is 1 by construction\n\n${aligned}`,
        ]),
    ...(comparison.notes.length > 0 ? [comparison.notes.map((note) => `Note: ${note}.`).join('\n')] : []),
  ]
  return parts.join('\n\n')
}

import { jsonText } from '../../base/printable.ts'
import type { Summary } from '../../base/statistics.ts'
import type { Comparison } from './comparison.ts'

/** Figures for programs. */

/** What a spreadsheet would take for a formula, and compute: text that begins so is no number. */
const isFormula = (text: string): boolean => /^[=+\-@\t\r]/.test(text) && !Number.isFinite(Number(text))

/** A field as RFC 4180 has it; text that spreadsheets would compute is marked as text, as they do it. */
const field = (value: string | number): string => {
  const text = typeof value === 'string' && isFormula(value) ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A table as RFC 4180 has it, each line ended. */
export const csv = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map((row) => `${row.map(field).join(',')}\r\n`).join('')

/** More digits than any figure is good for: without them, 1.59 is not 1.5899999999999999. */
const shownFigure = (value: number | undefined): number | '' =>
  value === undefined ? '' : Number(value.toPrecision(12))

/** Who has made a run, where that was a worker of a server, and how many had taken it by then. */
export interface Made {
  readonly worker: string
  readonly attempts: number
}

/**
 * A row for each run, with a column for each option and each figure; what a run does not have is empty.
 *
 * @param made by folder; where there are none, there are no columns of it
 */
export function runsCsv(
  { runs }: Pick<Comparison, 'runs'>,
  made: ReadonlyMap<string, Made> = new Map(),
): string {
  const options = [...new Set(runs.flatMap((run) => [...run.options.keys()]))]
  const figures = [...new Set(runs.flatMap((run) => [...run.figures.keys()]))]
  const header = [
    ...['run', 'program', ...options.map((name) => `option ${name}`), 'seed'],
    ...['data', 'split', 'images', 'aside', 'start', 'steps', 'batch', 'shards', 'identity', ...figures],
    ...(made.size === 0 ? [] : ['worker', 'attempts']),
  ]
  const madeOf = (folder: string) => {
    const { worker = '', attempts = '' } = made.get(folder) ?? {}
    return made.size === 0 ? [] : [worker, attempts]
  }
  const rows = runs.map((run) => [
    ...[run.folder, run.program, ...options.map((name) => run.options.get(name) ?? ''), run.seed],
    ...[run.data, run.split, run.images, run.aside ?? '', run.start, run.steps, run.batch],
    ...[run.shards ?? '', run.identity],
    ...figures.map((name) => shownFigure(run.figures.get(name))),
    ...madeOf(run.folder),
  ])
  return csv([header, ...rows])
}

const summaries = (figures: ReadonlyMap<string, Summary>) =>
  Object.fromEntries(
    [...figures].map(([name, { count, mean, deviation = null }]) => [name, { count, mean, deviation }]),
  )

/** All figures, of runs and of groups. */
export const comparisonJson = ({ groups, baseline, runs, notes }: Comparison): string =>
  `${jsonText({
    baseline,
    groups: groups.map(({ name, runs, figures, differences }) => ({
      name,
      seeds: [...runs.keys()],
      runs: [...runs.values()].map(({ folder }) => folder),
      figures: summaries(figures),
      differences: name === baseline ? null : summaries(differences),
    })),
    runs: runs.map(({ options, figures, probed = null, aside = null, shards = null, ...run }) => ({
      ...run,
      options: Object.fromEntries(options),
      ...{ aside, shards, probed },
      figures: Object.fromEntries(figures),
    })),
    notes,
  })}\n`

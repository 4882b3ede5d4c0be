import { renderPage } from './frame.ts'
import { markup } from './markup.ts'
import { accuracies } from './parts/accuracy.ts'
import { part } from './parts/part.ts'
import { oneOfRuns, onlyRun } from './parts/run.ts'
import type { Markup } from './markup.ts'
import type { Report } from './report.ts'

const shown = ({ runs, subtitle }: Report): Markup | undefined => {
  const [only] = runs
  if (only === undefined) return undefined
  return runs.length === 1 ? onlyRun(only, subtitle) : part(2, 'Training runs', ...runs.map(oneOfRuns))
}

/** One HTML page that needs nothing else: no script, no font, no network. A pure function of the data. */
export const renderReport = (report: Report): string =>
  renderPage(report, markup`${report.table && part(2, 'Results', accuracies(report.table))}${shown(report)}`)

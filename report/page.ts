import { renderPage } from './frame.ts'
import { markup } from './markup.ts'
import { accuracies } from './parts/accuracy.ts'
import { part } from './parts/part.ts'
import { oneOfRuns, onlyRun } from './parts/run.ts'
import { ownAccuracies } from './parts/own.ts'
import { together } from './parts/together.ts'
import type { Markup } from './markup.ts'
import type { Report } from './report.ts'

const shown = ({ runs, subtitle }: Report): Markup | undefined => {
  const [only] = runs
  if (only === undefined) return undefined
  if (runs.length === 1) return onlyRun(only, subtitle)
  const shared = together(runs)
  return markup`${shared && part(2, 'Side by side', shared)}${part(2, 'Training runs', ...runs.map(oneOfRuns))}`
}

/** One HTML page that needs nothing else: no script, no font, no network. A pure function of the data. */
export const renderReport = (report: Report): string =>
  renderPage(report, markup`${results(report)}${shown(report)}`)

/** What runs know: their own classifiers first, which is what they were trained to be. */
const results = ({ runs, table, tableNotes = [] }: Report): Markup | undefined => {
  const own = ownAccuracies(runs)
  if (!own && !table && tableNotes.length === 0) return undefined
  return part(
    2,
    'Results',
    own,
    table && accuracies(table),
    tableNotes.map((note) => markup`<p>${note}</p>`),
  )
}

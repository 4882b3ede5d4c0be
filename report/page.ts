import { lossChart } from './chart.ts'
import { filterGrids } from './filters.ts'
import { formatNumber, formatSeconds } from './format.ts'
import { renderPage } from './frame.ts'
import { markup } from './markup.ts'
import { drawResults } from './panels.ts'
import { drawingKey } from './summary.ts'
import { graphTable, localityTable, resultTable } from './table.ts'
import type { Markup } from './markup.ts'
import type { Report } from './report.ts'
import type { ResultTable } from './results.ts'
import type { Run } from './run.ts'

const drawing = (
  table: ResultTable,
  kind: 'wide' | 'narrow',
  width: number,
  panelsPerLine: number,
): Markup => {
  const { content, height } = drawResults(table, width, panelsPerLine)
  return markup`<svg class="${kind}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img"
 aria-label="The accuracies of the table as a dot per method and readout">
${content}</svg>`
}

/** Twice, because letters of a wide drawing are too small on a phone; the style shows one of them. */
const chart = (
  table: ResultTable,
): Markup => markup`<figure class="chart">${drawing(table, 'wide', 860, 3)}${drawing(table, 'narrow', 368, 1)}
<figcaption>${drawingKey(table)}</figcaption></figure>`

const results = (table: ResultTable): Markup => markup`<section><h2>Results</h2>
${resultTable(table)}
<p class="quiet">Accuracy in per cent; the best of each column is marked. ${table.caption}</p>
${table.rows.length > 0 && table.columns.length > 0 ? chart(table) : undefined}</section>
`

const run = ({
  name,
  description,
  losses,
  filters,
  seconds,
  imagesPerSecond,
  graphs,
  locality,
}: Run): Markup =>
  markup`<section class="run"><header><h3>${name}</h3>
<p>${description}</p>
<p class="quiet">Trained in ${formatSeconds(seconds ?? NaN)}, ${formatNumber(imagesPerSecond ?? NaN)} images/s.</p></header>
<div class="drawings">${lossChart(losses)}${filters && filterGrids(filters)}</div>
<div class="tables">${locality.length > 0 ? localityTable(locality) : undefined}
${graphs.length > 0 ? graphTable(graphs) : undefined}</div></section>
`

const runs = (all: readonly Run[]): Markup | undefined =>
  all.length > 0
    ? markup`<section><h2>Training runs</h2>
${all.map(run)}</section>
`
    : undefined

/** One HTML page that needs nothing else: no script, no font, no network. A pure function of the data. */
export const renderReport = (report: Report): string =>
  renderPage(report, markup`${report.table && results(report.table)}${runs(report.runs)}`)

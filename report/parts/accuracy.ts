import { accuracyPanels } from '../charts/accuracies.ts'
import { formatPercent } from '../format.ts'
import { markup } from '../markup.ts'
import { svgOf } from '../plot/drawing.ts'
import { bestFigures, groupColumns, splitRows } from '../results.ts'
import { scrolling, settingsList } from './part.ts'
import type { Markup } from '../markup.ts'
import type { Cell, ColumnGroup, ResultTable, Row } from '../results.ts'

const figure = ({ value, spread }: Cell): Markup =>
  spread !== undefined && Number.isFinite(value) && Number.isFinite(spread)
    ? markup`${formatPercent(value)}<span class="spread">± ${formatPercent(spread)}</span>`
    : markup`${formatPercent(value)}`

const headings = (groups: readonly ColumnGroup[]): Markup => {
  const edge = (group: number, column = 0) => (group > 0 && column === 0 ? 'number first' : 'number')
  const names = groups.map(({ columns }, group) =>
    columns.map(({ name }, index) => markup`<th scope="col" class="${edge(group, index)}">${name}</th>`),
  )
  if (groups.every(({ heading }) => heading === undefined))
    return markup`<thead><tr><th scope="col">Method</th>${names}</tr></thead>`
  const above = groups.map(
    ({ heading, columns }, group) =>
      markup`<th scope="colgroup" colspan="${columns.length}" class="${edge(group)}"><span>${heading}</span></th>`,
  )
  return markup`<thead><tr><td></td>${above}</tr>
<tr><th scope="col">Method</th>${names}</tr></thead>`
}

/** The headline: accuracies in per cent, the best of each column marked, baselines set apart. */
export const resultTable = (table: ResultTable): Markup => {
  const groups = groupColumns(table.columns)
  const best = bestFigures(table)
  const starts = new Set(groups.slice(1).map(({ columns }) => columns[0]?.position))
  const cell = (row: Row, position: number): Markup => {
    const shown = row.cells[position] ?? { value: NaN }
    const isBest = formatPercent(shown.value) === best[position]
    const classes = ['number', ...(starts.has(position) ? ['first'] : []), ...(isBest ? ['best'] : [])]
    return markup`<td class="${classes.join(' ')}">${figure(shown)}</td>`
  }
  const line = (
    row: Row,
  ): Markup => markup`<tr${row.baseline === true ? markup` class="baseline"` : undefined}>
<th scope="row">${row.name}</th>${table.columns.map((_, position) => cell(row, position))}</tr>
`
  const { baselines, trained } = splitRows(table.rows)
  const bodies = [baselines, trained]
    .filter((rows) => rows.length > 0)
    .map((rows) => markup`<tbody>${rows.map(line)}</tbody>`)
  return scrolling('Results', markup`<table class="results">${headings(groups)}${bodies}</table>`)
}

/** How to read the drawing. */
export const drawingKey = ({ rows, reference }: ResultTable): string => {
  const spreads = rows.some(({ cells }) => cells.some(({ spread }) => spread !== undefined && spread > 0))
  const known = rows.some(({ name }) => name === reference)
  return [
    'Every panel spans equally many points.',
    spreads ? ' Bars: ± spread.' : '',
    known ? ` Dashed: ${reference ?? ''}.` : '',
    ' Bold: best of its panel.',
  ].join('')
}

const chart = (table: ResultTable): Markup =>
  markup`<figure class="chart">${accuracyPanels(table).map(
    ({ heading, panels }) => markup`${heading === undefined ? undefined : markup`<h4>${heading}</h4>`}
<div class="panels">${panels.map(({ name, drawing }) => svgOf(drawing, `${name}: the accuracies of the table, a dot per method.`))}</div>
`,
  )}<figcaption>${drawingKey(table)}</figcaption></figure>`

/** How the figures were measured. */
const measuredList = ({ measured = [] }: ResultTable): Markup | undefined =>
  measured.length > 0
    ? markup`<div class="measured">${settingsList(measured)}</div>
`
    : undefined

/** The table, how it was measured, and its drawing. */
export const accuracies = (table: ResultTable): Markup => markup`${resultTable(table)}
<p class="quiet">${table.caption} The best of each column is marked.</p>
${measuredList(table)}${table.rows.length > 0 && table.columns.length > 0 ? chart(table) : undefined}`

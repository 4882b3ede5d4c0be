import { describeSignal, isForeign } from '../src/bundle/signals.ts'
import { formatCount, formatPercent } from './format.ts'
import { markup } from './markup.ts'
import { bestFigures, groupColumns, splitRows } from './results.ts'
import type { Markup } from './markup.ts'
import type { Cell, ColumnGroup, ResultTable, Row } from './results.ts'
import type { GraphCost, UpdateReads } from './run.ts'

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
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Results">
<table class="results">${headings(groups)}${bodies}</table></div>`
}

/** `conv1.weight` and `conv1.bias` as one line: the layer, then what belongs to it. */
const parameterLines = (updates: readonly UpdateReads[]): Markup[] =>
  [...new Set(updates.map(({ layer }) => layer))].map((layer) => {
    const own = updates.filter((update) => update.layer === layer)
    const names = own.map(({ parameter }) => parameter.slice(layer.length + 1))
    return markup`<div><code><b>${layer}</b> ${names.join(', ')}</code></div>`
  })

/** What each update reads; parameters that read the same share a row, signals of other layers stand out. */
export const localityTable = (locality: readonly UpdateReads[]): Markup => {
  const kinds = [...new Set(locality.map(({ reads }) => JSON.stringify(reads)))]
  const rows = kinds.map((kind) => {
    const sharing = locality.filter(({ reads }) => JSON.stringify(reads) === kind)
    const reads = sharing[0]?.reads ?? []
    return markup`<tr><td class="parameters">${parameterLines(sharing)}</td>
<td><ul class="signals">${reads.filter((signal) => !isForeign(signal)).map((signal) => markup`<li>${describeSignal(signal)}</li>`)}
${reads.filter(isForeign).map((signal) => markup`<li class="foreign">${describeSignal(signal)}</li>`)}</ul></td></tr>
`
  })
  return markup`<div><h4>What each update reads</h4>
<table class="locality"><thead><tr><th scope="col">Parameter</th><th scope="col">Signals</th></tr></thead>
<tbody>${rows}</tbody></table></div>`
}

const code = (name: string): Markup => markup`<code>${name}</code>`

export const graphTable = (graphs: readonly GraphCost[]): Markup => {
  const rows = graphs.map(
    ({ name, nodes, flops }) => markup`<tr><td>${code(name)}</td><td class="number">${nodes}</td>
<td class="number">${formatCount(flops)}</td></tr>
`,
  )
  return markup`<div><h4>Graphs of one training step</h4>
<table><thead><tr><th scope="col">Graph</th><th scope="col" class="number">Nodes</th>
<th scope="col" class="number">FLOPs</th></tr></thead><tbody>${rows}</tbody></table></div>`
}

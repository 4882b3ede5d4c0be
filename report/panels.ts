import { scale } from './axes.ts'
import { formatPercent, round } from './format.ts'
import { markup } from './markup.ts'
import { bestFigures, groupColumns, splitRows } from './results.ts'
import { ticks } from './ticks.ts'
import type { Scale } from './axes.ts'
import type { Markup } from './markup.ts'
import type { Cell, ResultTable, Row } from './results.ts'

const ROW_HEIGHT = 22
/** Between the baselines and the trained encoders. */
const ROW_GAP = 8
const CHARACTER = 6.9
const VALUE_WIDTH = 42
const PANEL_GAP = 24
const LONGEST_NAME = 26

interface Drawing {
  readonly content: Markup
  readonly height: number
}

/** Rows with the middle of their line, counted from the top of a panel. */
interface Place {
  readonly row: Row
  readonly y: number
}

const placeRows = ({ rows }: ResultTable): readonly Place[] => {
  const { baselines, trained } = splitRows(rows)
  const gap = baselines.length > 0 && trained.length > 0 ? ROW_GAP : 0
  return [...baselines, ...trained].map((row, index) => ({
    row,
    y: (index + 0.5) * ROW_HEIGHT + (index >= baselines.length ? gap : 0),
  }))
}

const extent = (cells: readonly Cell[]): readonly [low: number, high: number] => {
  const measured = cells.filter(({ value }) => Number.isFinite(value))
  const reach = ({ spread = 0 }: Cell) => (Number.isFinite(spread) ? spread : 0)
  return [
    Math.min(...measured.map((cell) => cell.value - reach(cell))),
    Math.max(...measured.map((cell) => cell.value + reach(cell))),
  ]
}

const cellsOf = ({ rows }: ResultTable, position: number): readonly Cell[] =>
  rows.flatMap(({ cells }) => cells[position] ?? [])

/** All panels show equally many points, each around its own figures: equal distances are equal gains. */
const panelRanges = (table: ResultTable): readonly (readonly [low: number, high: number])[] => {
  const extents = table.columns.map((_, position) => extent(cellsOf(table, position)))
  const widest = Math.max(0.02, ...extents.map(([low, high]) => high - low).filter(Number.isFinite))
  return extents.map(([low, high]) => {
    const middle = Number.isFinite(low + high) ? (low + high) / 2 : 0.5
    return [middle - 0.56 * widest, middle + 0.56 * widest]
  })
}

const mark = ({ value, spread = 0 }: Cell, kind: string, y: number, x: Scale): Markup | undefined => {
  if (!Number.isFinite(value)) return undefined
  const bar =
    spread > 0
      ? markup`<path class="spread ${kind}" d="M${round(x.at(value - spread))} ${y}H${round(x.at(value + spread))}"/>`
      : undefined
  return markup`${bar}<circle class="${kind}" stroke-width="1.5" cx="${round(x.at(value))}" cy="${y}" r="4"/>`
}

const panel = (table: ResultTable, position: number, left: number, right: number, top: number): Markup => {
  const [low, high] = panelRanges(table)[position] ?? [0, 1]
  const x = scale(low, high, left, right)
  const places = placeRows(table)
  const bottom = top + (places.at(-1)?.y ?? 0) + ROW_HEIGHT / 2
  const { values, labels } = ticks(100 * low, 100 * high, 4)
  const best = bestFigures(table)[position]
  const reference = table.rows.find(({ name }) => name === table.reference)?.cells[position]?.value ?? NaN
  const axis = values.map((value, index) => {
    const place = round(x.at(value / 100))
    return markup`<path class="grid" d="M${place} ${top}V${bottom + 4}"/>
<text x="${place}" y="${bottom + 17}" text-anchor="middle" class="quiet">${labels[index]}</text>
`
  })
  const rows = places.map(({ row, y }) => {
    const cell = row.cells[position] ?? { value: NaN }
    const shown = formatPercent(cell.value)
    return markup`${mark(cell, row.baseline === true ? 'baseline' : 'trained', top + y, x)}<text x="${right + VALUE_WIDTH}" y="${top + y}" dy="0.32em" text-anchor="end" class="${shown === best ? 'strong' : 'quiet'}">${shown}</text>
`
  })
  const dashed = Number.isFinite(reference)
    ? markup`<path class="reference" d="M${round(x.at(reference))} ${top}V${bottom}"/>
`
    : undefined
  return markup`<text x="${left}" y="${top - 10}" class="strong">${table.columns[position]?.name}</text>
${axis}${dashed}${rows}`
}

const shorten = (name: string): string =>
  name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name

/** A panel per readout with a dot per method: `panelsPerLine` side by side, names left of the first. */
export const drawResults = (table: ResultTable, width: number, panelsPerLine: number): Drawing => {
  const names =
    Math.max(0, ...table.rows.map(({ name }) => Math.min(name.length, LONGEST_NAME))) * CHARACTER + 14
  const share = (width - names + PANEL_GAP) / panelsPerLine - PANEL_GAP
  const places = placeRows(table)
  const panelHeight = (places.at(-1)?.y ?? 0) + ROW_HEIGHT / 2
  const parts: Markup[] = []
  let top = 0
  for (const { heading, columns } of groupColumns(table.columns)) {
    if (heading !== undefined)
      parts.push(markup`<text x="0" y="${top + 18}" class="strong" font-size="14">${heading}</text>
`)
    if (heading !== undefined) top += 24
    for (let first = 0; first < columns.length; first += panelsPerLine) {
      top += 28
      for (const { row, y } of places)
        parts.push(markup`<text x="0" y="${top + y}" dy="0.32em"${row.baseline === true ? markup` class="quiet"` : undefined}>${shorten(row.name)}</text>
`)
      for (const [index, { position }] of columns.slice(first, first + panelsPerLine).entries()) {
        const left = names + index * (share + PANEL_GAP)
        parts.push(panel(table, position, left, left + share - VALUE_WIDTH, top))
      }
      top += panelHeight + 30
    }
    top += 10
  }
  return { content: markup`${parts}`, height: Math.max(0, top - 16) }
}

import { axisX, axisY, dot, gridX, link, ruleX, text } from '@observablehq/plot'
import { formatPercent, shorten, widthOf } from '../format.ts'
import { markup } from '../markup.ts'
import { draw, sideBySide, stacked } from '../plot/drawing.ts'
import { bestFigures, groupColumns, splitRows } from '../results.ts'
import type { Markish } from '@observablehq/plot'
import type { Drawing } from '../plot/drawing.ts'
import type { Cell, ResultTable, Row } from '../results.ts'

const ROW_HEIGHT = 22
/** Between the baselines and the trained encoders, in rows. */
const GAP = 0.4
const VALUE_WIDTH = 44
const LONGEST_NAME = 26
/** Of what stands above a panel. */
const LONGEST_TITLE = 22
const TOP = 26
const BOTTOM = 26
const PLOT_WIDTH = 118
/** Pixels between the names of neighbouring ticks, at least. */
const TICK_GAP = 10

/** A row, and where it stands from the top. */
interface Place {
  readonly row: Row
  readonly y: number
}

const placeRows = ({ rows }: ResultTable): readonly Place[] => {
  const { baselines, trained } = splitRows(rows)
  const gap = baselines.length > 0 && trained.length > 0 ? GAP : 0
  return [...baselines, ...trained].map((row, index) => ({
    row,
    y: index + (index >= baselines.length ? gap : 0),
  }))
}

const cellOf = ({ cells }: Row, position: number): Cell => cells[position] ?? { value: NaN }

const spreadOf = ({ spread }: Cell): number => (spread !== undefined && Number.isFinite(spread) ? spread : 0)

/** All panels show equally many points, each around its own figures: equal distances are equal gains. */
const panelDomains = ({ columns, rows }: ResultTable): readonly (readonly [low: number, high: number])[] => {
  const extents = columns.map((_, position) => {
    const measured = rows.map((row) => cellOf(row, position)).filter(({ value }) => Number.isFinite(value))
    return [
      Math.min(...measured.map((cell) => cell.value - spreadOf(cell))),
      Math.max(...measured.map((cell) => cell.value + spreadOf(cell))),
    ] as const
  })
  const widest = Math.max(0.02, ...extents.map(([low, high]) => high - low).filter(Number.isFinite))
  const half = 0.56 * widest
  return extents.map(([low, high]) => {
    const middle = Number.isFinite(low + high) ? (low + high) / 2 : 0.5
    // There is nothing below 0 and above 100; a dot on the edge is whole.
    const lowest = Math.max(-0.02, Math.min(middle - half, 1.02 - 2 * half))
    return [100 * lowest, 100 * (lowest + 2 * half)]
  })
}

/** Round numbers between 0 and 100, as many as have room for their names. */
const ticksOf = ([low, high]: readonly [number, number]): {
  ticks: number[]
  format: (at: number) => string
} => {
  const [from, to] = [Math.max(0, low), Math.min(100, high)]
  for (const step of [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]) {
    const format = (at: number) => at.toFixed(step < 1 ? 1 : 0)
    const first = Math.ceil(from / step)
    const ticks = Array.from({ length: Math.floor(to / step) - first + 1 }, (_, i) => (first + i) * step)
    const apart = (PLOT_WIDTH * step) / (high - low)
    if (ticks.every((tick) => widthOf(format(tick)) + TICK_GAP <= apart)) return { ticks, format }
  }
  return { ticks: [], format: String }
}

/** Dots with bars of the spread, hollow for baselines. */
const dots = (places: readonly Place[], position: number): Markish[] =>
  [true, false].flatMap((baseline) => {
    const className = baseline ? 'baseline' : 'trained'
    const shown = places
      .filter(({ row }) => (row.baseline === true) === baseline)
      .map(({ row, y }) => ({ y, cell: cellOf(row, position) }))
      .filter(({ cell }) => Number.isFinite(cell.value))
      .map(({ y, cell }) => ({ y, x: 100 * cell.value, spread: 100 * spreadOf(cell) }))
    const spread = shown.filter((each) => each.spread > 0)
    return [
      link(spread, {
        ...{ className, x1: (each: (typeof shown)[number]) => each.x - each.spread, y1: 'y', y2: 'y' },
        x2: (each: (typeof shown)[number]) => each.x + each.spread,
      }),
      dot(shown, { className, x: 'x', y: 'y', r: 4, strokeWidth: 1.5 }),
    ]
  })

const values = (table: ResultTable, places: readonly Place[], position: number): Markish[] => {
  const best = bestFigures(table)[position]
  const shown = places.map(({ row, y }) => ({ y, text: formatPercent(cellOf(row, position).value) }))
  return [true, false].map((isBest) =>
    text(
      shown.filter((each) => (each.text === best) === isBest),
      {
        ...{ className: isBest ? 'strong' : 'quiet', y: 'y', text: 'text', fontSize: 12 },
        ...{ frameAnchor: 'right', textAnchor: 'end', dx: VALUE_WIDTH },
      },
    ),
  )
}

const names = (places: readonly Place[]): Markish[] =>
  [true, false].map((baseline) => {
    const shown = places.filter(({ row }) => (row.baseline === true) === baseline)
    return axisY(
      shown.map(({ y }) => y),
      {
        ...{ className: baseline ? 'quiet' : 'ink', tickSize: 0, tickPadding: 10, fontSize: 12 },
        tickFormat: (_value: unknown, index: number) => shorten(shown[index]?.row.name ?? '', LONGEST_NAME),
      },
    )
  })

/** One readout: a row per method. */
const panel = (table: ResultTable, position: number): Drawing => {
  const places = placeRows(table)
  const left = 14 + Math.max(0, ...table.rows.map(({ name }) => widthOf(shorten(name, LONGEST_NAME))))
  const reference = table.rows.find(({ name }) => name === table.reference)
  const limit = reference ? 100 * cellOf(reference, position).value : NaN
  const last = places.at(-1)?.y ?? 0
  const domain = panelDomains(table)[position] ?? [0, 100]
  const { ticks, format } = ticksOf(domain)
  return draw({
    width: left + PLOT_WIDTH + VALUE_WIDTH,
    height: TOP + (last + 1) * ROW_HEIGHT + BOTTOM,
    ...{ marginTop: TOP, marginBottom: BOTTOM, marginLeft: left, marginRight: VALUE_WIDTH },
    x: { domain: [...domain], label: null },
    y: { domain: [-0.5, last + 0.5], reverse: true, label: null },
    marks: [
      text([shorten(table.columns[position]?.name ?? '', LONGEST_TITLE)], {
        ...{ className: 'strong', frameAnchor: 'top-left', textAnchor: 'start', dy: -TOP + 8, fontSize: 12 },
      }),
      gridX(ticks, { className: 'grid' }),
      axisX(ticks, { className: 'quiet', tickSize: 0, tickFormat: format }),
      ...names(places),
      ...(Number.isFinite(limit) ? [ruleX([limit], { className: 'reference' })] : []),
      ...dots(places, position),
      ...values(table, places, position),
    ],
  })
}

interface Panel {
  readonly name: string
  readonly drawing: Drawing
}

/** Panels by heading: a panel per readout, a dot per method. */
export const accuracyPanels = (
  table: ResultTable,
): readonly { readonly heading: string | undefined; readonly panels: readonly Panel[] }[] =>
  groupColumns(table.columns).map(({ heading, columns }) => {
    const isKnown = (row: Row) => columns.some(({ position }) => Number.isFinite(cellOf(row, position).value))
    const known = { ...table, rows: table.rows.filter(isKnown) }
    return {
      heading,
      panels: columns.map(({ name, position }) => ({ name, drawing: panel(known, position) })),
    }
  })

/** The same as one drawing of at most a width. */
export const drawAccuracies = (table: ResultTable, width: number): Drawing =>
  stacked(
    accuracyPanels(table).map(({ heading, panels }) => {
      const drawing = sideBySide(
        panels.map((each) => each.drawing),
        width,
        14,
      )
      if (heading === undefined) return drawing
      const title = markup`<text x="0" y="18" class="strong" font-size="14">${shorten(heading, 90)}</text>
`
      return stacked([{ content: title, width, height: 32 }, drawing], 0)
    }),
    20,
  )

import { scale } from '../axes.ts'
import { layerColour } from '../colours.ts'
import { formatNumber, round } from '../format.ts'
import { markup } from '../markup.ts'
import { ticks } from '../ticks.ts'
import type { Scale } from '../axes.ts'
import type { Markup } from '../markup.ts'
import type { Cell } from '../results.ts'
import type { AlignmentGroup, AlignmentSeries } from './data.ts'

const TOP = 14
const PLOT = 220
const BOTTOM = TOP + PLOT
const CHARACTER = 6.9
const LINE = 18
/** Length of a line in the key. */
const SAMPLE = 28
/** Between the points of neighbouring series at one layer, so that their error bars stand apart. */
const DODGE = 7

export interface Drawing {
  readonly content: Markup
  readonly height: number
}

/** Where the plot is, and where a layer's points of a series are on it. */
interface Plot {
  readonly left: number
  readonly right: number
  readonly y: Scale
  readonly x: (layer: number, series: number) => number
}

const reach = ({ value, spread = 0 }: Cell): readonly number[] =>
  Number.isFinite(spread) ? [value - spread, value + spread] : [value]

const plotOf = ({ layers, series }: AlignmentGroup, width: number, rightMargin: number): Plot => {
  const cosines = series.flatMap(({ points }) => points.flatMap(({ cosine }) => reach(cosine)))
  const found = cosines.filter(Number.isFinite)
  const low = Math.min(0, ...found)
  const y = scale(low - (low < 0 ? 0.03 : 0), Math.max(1, ...found) + 0.02, BOTTOM, TOP)
  const [left, right] = [48, width - rightMargin]
  const step = (right - left) / layers.length
  return {
    left,
    right,
    y,
    x: (layer, index) => left + (layer + 0.5) * step + (index - (series.length - 1) / 2) * DODGE,
  }
}

const axes = ({ layers, series }: AlignmentGroup, { left, right, y, x }: Plot): Markup => {
  const down = ticks(y.low, y.high, 6)
  const middle = (series.length - 1) / 2
  return markup`${down.values.map(
    (
      value,
      index,
    ) => markup`<path class="${value === 1 ? 'reference' : 'grid'}" d="M${left} ${round(y.at(value))}H${right}"/>
<text x="${left - 8}" y="${round(y.at(value))}" dy="0.32em" text-anchor="end" class="quiet">${down.labels[index]}</text>
`,
  )}${layers.map(
    (
      layer,
      index,
    ) => markup`<text x="${round(x(index, middle))}" y="${BOTTOM + 18}" text-anchor="middle" class="quiet">${layer}</text>
`,
  )}`
}

const colourOf = ({ program }: AlignmentSeries, { series }: AlignmentGroup): string =>
  layerColour(program, Math.max(...series.map((each) => each.program)) + 1)

const dashes = ({ trainedProjections }: AlignmentSeries): Markup | undefined =>
  trainedProjections ? markup` stroke-dasharray="5 4"` : undefined

const mark = (series: AlignmentSeries, group: AlignmentGroup, x: number, y: number): Markup => {
  const colour = colourOf(series, group)
  const fill = series.trainedProjections ? markup`class="page"` : markup`fill="${colour}"`
  return markup`<circle ${fill} stroke="${colour}" stroke-width="1.5" cx="${x}" cy="${y}" r="3.5"/>
`
}

/** Full dots and lines, or, with trained projections, hollow dots and broken lines. */
const curve = (series: AlignmentSeries, index: number, group: AlignmentGroup, { x, y }: Plot): Markup => {
  const colour = colourOf(series, group)
  const places = series.points.map(({ cosine }, layer) => ({ cosine, at: round(x(layer, index)) }))
  const drawn = places.filter(({ cosine }) => Number.isFinite(cosine.value))
  const path = drawn.map(({ cosine, at }, i) => `${i === 0 ? 'M' : 'L'}${at} ${round(y.at(cosine.value))}`)
  const marks = drawn.map(({ cosine, at }) => {
    const [low = 0, high = low] = reach(cosine)
    const bar =
      high > low
        ? markup`<path d="M${at} ${round(y.at(low))}V${round(y.at(high))}" stroke="${colour}" stroke-width="1.5"/>`
        : undefined
    return markup`${bar}${mark(series, group, at, round(y.at(cosine.value)))}`
  })
  return markup`<path d="${path.join('')}" stroke="${colour}" stroke-width="1.5" opacity="0.6" fill="none"${dashes(series)}/>
${marks}`
}

/** Which line is whose, from a place downwards. All lines may end at one point: names at their ends would not tell. */
const key = (group: AlignmentGroup, left: number, top: number): Markup =>
  markup`${group.series.map((series, index) => {
    const y = top + index * LINE
    return markup`<path d="M${left} ${y}h${SAMPLE}" stroke="${colourOf(series, group)}" stroke-width="1.5"${dashes(series)} fill="none"/>
${mark(series, group, left + SAMPLE / 2, y)}<text x="${left + SAMPLE + 8}" y="${y}" dy="0.32em">${series.name}</text>
`
  })}`

/** The cosine of each layer, a series per program; the key stands beside or, on a phone, below. */
export const drawAlignment = (group: AlignmentGroup, width: number, keyAt: 'beside' | 'below'): Drawing => {
  const longest = Math.max(0, ...group.series.map(({ name }) => name.length))
  const beside = keyAt === 'beside'
  const plot = plotOf(group, width, beside ? longest * CHARACTER + SAMPLE + 24 : 4)
  const shown = beside ? key(group, plot.right + 16, TOP + 8) : key(group, 0, BOTTOM + 44)
  const curves = group.series.map((series, index) => curve(series, index, group, plot))
  const rows = group.series.length * LINE
  const height = beside ? Math.max(BOTTOM + 28, TOP + 8 + rows) : BOTTOM + 36 + rows
  return { content: markup`${axes(group, plot)}${curves}${shown}`, height }
}

/** The drawing in words, for who cannot see it. */
export const describeGroup = ({ layers, series }: AlignmentGroup): string =>
  series
    .map(({ name, points }) => {
      const figures = points.map(({ cosine }, i) => `${layers[i] ?? ''} ${formatNumber(cosine.value, 2)}`)
      return `${name}: ${figures.join(', ')}`
    })
    .join('; ')

import { axisX, axisY, dot, gridY, line, link, ruleY } from '@observablehq/plot'
import { at } from '../../src/base/lists.ts'
import { layerColour } from '../colours.ts'
import { formatNumber, shorten, widthOf } from '../format.ts'
import { draw, stacked } from '../plot/drawing.ts'
import { drawLegend } from './legend.ts'
import type { Markish } from '@observablehq/plot'
import type { AlignmentGroup, AlignmentSeries } from '../alignment/data.ts'
import type { Drawing } from '../plot/drawing.ts'
import type { Cell } from '../results.ts'

/** Between the points of neighbouring series at one layer, so that their error bars stand apart. */
const DODGE = 7
const LONGEST_SLANTED = 16

const reach = ({ value, spread }: Cell): readonly [low: number, high: number] =>
  spread !== undefined && Number.isFinite(spread) ? [value - spread, value + spread] : [value, value]

const colourOf = ({ program }: AlignmentSeries, { series, programs }: AlignmentGroup): string =>
  layerColour(program, programs ?? Math.max(...series.map((each) => each.program)) + 1)

/** Full dots and lines, or, with trained projections, hollow dots and broken lines. */
const marksOf = (series: AlignmentSeries, index: number, group: AlignmentGroup): Markish[] => {
  const [stroke, hollow] = [colourOf(series, group), series.trainedProjections]
  const points = series.points
    .map(({ cosine }, x) => ({ x, y: cosine.value, low: reach(cosine)[0], high: reach(cosine)[1] }))
    .filter(({ y }) => Number.isFinite(y))
  const place = { x: 'x', dx: (index - (group.series.length - 1) / 2) * DODGE, stroke, strokeWidth: 1.5 }
  return [
    line(points, { ...place, y: 'y', strokeOpacity: 0.6, ...(hollow ? { strokeDasharray: '5 4' } : {}) }),
    link(
      points.filter(({ low, high }) => high > low),
      { ...place, x1: 'x', x2: 'x', y1: 'low', y2: 'high' },
    ),
    dot(points, { ...place, y: 'y', r: 3.5, ...(hollow ? { className: 'page' } : { fill: stroke }) }),
  ]
}

/** The cosine of each layer, a series per program, and below it what is whose where there are several. */
export const drawAlignment = (group: AlignmentGroup, width: number): Drawing => {
  const { layers, series } = group
  const found = series
    .flatMap(({ points }) => points.flatMap(({ cosine }) => reach(cosine)))
    .filter(Number.isFinite)
  const low = Math.min(0, ...found)
  // Names stand slanted where they do not fit beside each other.
  const slanted = Math.max(...layers.map(widthOf)) > (width - 60) / Math.max(1, layers.length)
  const names = layers.map((layer) => (slanted ? shorten(layer, LONGEST_SLANTED) : layer))
  const below = slanted ? 14 + 0.72 * Math.max(...names.map(widthOf)) : 28
  const chart = draw({
    ...{
      width,
      height: 224 + below,
      marginTop: 12,
      marginBottom: below,
      marginLeft: slanted ? Math.max(44, below) : 44,
      marginRight: 10,
    },
    x: { domain: [-0.5, layers.length - 0.5], label: null },
    y: { domain: [low - (low < 0 ? 0.04 : 0), Math.max(1, ...found) + 0.03], label: null },
    marks: [
      gridY({ className: 'grid', ticks: 6 }),
      ruleY([1], { className: 'reference' }),
      axisY({ className: 'quiet', tickSize: 0, ticks: 6 }),
      axisX(
        layers.map((_, index) => index),
        {
          ...{ className: 'quiet', tickSize: 0, ...(slanted ? { tickRotate: -45 } : {}) },
          tickFormat: (index: number) => at(names, index),
        },
      ),
      ...series.flatMap((each, index) => marksOf(each, index, group)),
    ],
  })
  if (series.length < 2) return chart
  const entries = series.map((each) => ({
    name: each.name,
    colour: colourOf(each, group),
    hollow: each.trainedProjections,
    line: each.trainedProjections ? ('dashed' as const) : ('solid' as const),
  }))
  return stacked([chart, drawLegend(entries, width)], 10)
}

/** The drawing in words, for who cannot see it. */
export const describeGroup = ({ layers, series }: AlignmentGroup): string =>
  series
    .map(({ name, points }) => {
      const figures = points.map(({ cosine }, i) => `${layers[i] ?? ''} ${formatNumber(cosine.value, 2)}`)
      return `${name}: ${figures.join(', ')}`
    })
    .join('; ')

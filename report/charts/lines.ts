import { areaY, axisX, axisY, dot, gridY, line, text } from '@observablehq/plot'
import { at } from '../../src/base/lists.ts'
import { shorten, widthOf } from '../format.ts'
import { draw } from '../plot/drawing.ts'
import { moveApart } from './apart.ts'
import { extentOf, stepsOf } from './points.ts'
import type { AxisXOptions, Markish } from '@observablehq/plot'
import type { Drawing } from '../plot/drawing.ts'
import type { DrawnCurve } from './points.ts'

/** A curve with its colour; of two in one colour, one is dashed. */
export interface Line extends DrawnCurve {
  readonly colour: string
  readonly dashed?: boolean
  /** Stands before its name; a dot where there is none. */
  readonly mark?: string
  /** Drawn thin, behind all others, and not named. */
  readonly behind?: boolean
}

interface Look {
  readonly width: number
  readonly height: number
  /** What the axis along says. */
  readonly along: string
  /** Whether names stand at the ends of lines, so that no one has to match colours. */
  readonly named: boolean
  /** Values as they are written at the axis. */
  readonly format?: (value: number) => string
  /** Of steps, where it is not that of the lines. */
  readonly steps?: readonly [first: number, last: number]
  /** Of values, where it is not that of the lines. */
  readonly domain?: readonly [low: number, high: number]
  /** Between which all values lie: what is beyond is no part of the scale. */
  readonly limits?: readonly [low: number, high: number] | undefined
}

const TOP = 10
const BOTTOM = 34
const LONGEST_NAME = 14

const marksOf = ({ points, colour, dashed = false, behind = false }: Line): Markish[] => [
  ...(!behind && points.some(({ low, high }) => high > low)
    ? [areaY(points, { x: 'step', y1: 'low', y2: 'high', fill: colour, fillOpacity: 0.13 })]
    : []),
  line(points, {
    ...{
      x: 'step',
      y: 'value',
      stroke: colour,
      strokeWidth: behind ? 1 : 1.8,
      strokeLinecap: 'round',
      strokeLinejoin: 'round',
    },
    ...(dashed ? { strokeDasharray: '5 4' } : {}),
  }),
  ...(!behind && points.length <= 12 ? [dot(points, { x: 'step', y: 'value', fill: colour, r: 2.5 })] : []),
]

const labelsOf = (
  lines: readonly Line[],
  [low, high]: readonly [number, number],
  height: number,
): Markish[] => {
  const solid = lines.filter(({ dashed = false, behind = false }) => !dashed && !behind)
  const bottom = height - BOTTOM
  const ends = solid.map(({ points }) => at(points, points.length - 1).value)
  const places = moveApart(
    ends.map((value) => bottom - Math.min(1, Math.max(0, (value - low) / (high - low))) * (bottom - TOP)),
    15,
    TOP,
    bottom,
  )
  return solid.flatMap(({ layer, colour, mark = '●' }, index) => {
    const dy = at(places, index) - (TOP + bottom) / 2
    return [
      text([mark], { frameAnchor: 'right', textAnchor: 'start', dx: 6, dy, fill: colour, fontSize: 9 }),
      text([shorten(layer, LONGEST_NAME)], {
        frameAnchor: 'right',
        textAnchor: 'start',
        dx: 18,
        dy,
        fontSize: 12,
      }),
    ]
  })
}

/** Steps are whole: of a few of them each is named. */
const stepTicks = ([first, last]: readonly [number, number], count: number): AxisXOptions =>
  last - first >= count
    ? { ticks: count }
    : {
        ticks: Array.from({ length: Math.floor(last - first) + 1 }, (_, index) => first + index),
        tickFormat: String,
      }

const within = (
  [low, high]: readonly [number, number],
  [least, most]: readonly [number, number] = [-Infinity, Infinity],
): readonly [number, number] => {
  const [from, to] = [Math.max(low, least), Math.min(high, most)]
  return from < to ? [from, to] : [low, high]
}

/** Curves in one frame. There is at least one, and each has a point. */
export const drawLines = (lines: readonly Line[], look: Look): Drawing => {
  const { width, height, along, named, format } = look
  const domain = within(look.domain ?? extentOf(lines), look.limits)
  const steps = look.steps ?? stepsOf(lines)
  const small = width < 300
  const ticks = small ? 3 : 5
  const [front, back] = [lines.filter(({ behind }) => behind !== true), lines.filter(({ behind }) => behind)]
  const names = front.map(({ layer }) => widthOf(shorten(layer, LONGEST_NAME)))
  return draw({
    ...{ width, height, marginTop: TOP, marginBottom: BOTTOM, marginLeft: 48 },
    marginRight: named ? 24 + Math.max(...names) : 12,
    x: { domain: [...steps], label: null },
    y: { domain: [...domain], clamp: true, label: null },
    marks: [
      gridY({ className: 'grid', ticks }),
      axisY({ className: 'quiet', tickSize: 0, ticks, ...(format ? { tickFormat: format } : {}) }),
      axisX({ className: 'quiet', tickSize: 4, ...stepTicks(steps, small ? 3 : 5) }),
      text([along], {
        ...{ className: 'quiet', frameAnchor: 'bottom-right', textAnchor: 'end', dy: 32, fontSize: 11 },
      }),
      ...[...back, ...front].flatMap(marksOf),
      ...(named ? labelsOf(lines, domain, height) : []),
    ],
  })
}

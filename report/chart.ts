import { moveApart, scale } from './axes.ts'
import { layerColour } from './colours.ts'
import { plural, round } from './format.ts'
import { markup } from './markup.ts'
import { movingMedian, quantile, spreadOut } from './smooth.ts'
import { ticks } from './ticks.ts'
import type { Scale } from './axes.ts'
import type { Markup } from './markup.ts'
import type { Curve } from './run.ts'
import type { Point } from './smooth.ts'

const WIDTH = 440
const HEIGHT = 236
const TOP = 8
const BOTTOM = HEIGHT - 34
/** More raw points than pixels only make the page large. */
const MOST_RAW_POINTS = 500
const MOST_SMOOTH_POINTS = 160

interface Line {
  readonly layer: string
  readonly colour: string
  readonly raw: readonly Point[]
  readonly smooth: readonly Point[]
}

/** Not NaN, and small enough that the difference of two is finite. */
const isDrawable = ([, loss]: Point): boolean => Math.abs(loss) < Number.MAX_VALUE / 4

const windowOf = (points: readonly Point[]): number => 2 * Math.floor(points.length / 50) + 1

const lineOf = ({ layer, points }: Curve, index: number, all: readonly Curve[]): Line => {
  const drawable = points.map(([step, loss]): Point => [step, loss]).filter(isDrawable)
  return {
    layer,
    colour: layerColour(index, all.length),
    raw: spreadOut(drawable, MOST_RAW_POINTS),
    smooth: movingMedian(drawable, windowOf(drawable), MOST_SMOOTH_POINTS),
  }
}

/** All of the smooth lines and nearly all raw points; a few outliers may not flatten everything else. */
const lossScale = (lines: readonly Line[]): Scale => {
  const raw = lines.flatMap(({ raw }) => raw.map(([, loss]) => loss))
  const smooth = lines.flatMap(({ smooth }) => smooth.map(([, loss]) => loss))
  const low = Math.min(quantile(raw, 0.005), ...smooth)
  const high = Math.max(quantile(raw, 0.995), ...smooth)
  const margin = high > low ? 0.04 * (high - low) : Math.abs(high) / 10 || 1
  return scale(low - margin, high + margin, BOTTOM, TOP)
}

const stepScale = (lines: readonly Line[], left: number, right: number): Scale => {
  const steps = lines.flatMap(({ smooth }) => smooth.map(([step]) => step))
  const last = Math.max(...steps)
  // A run that is drawn from its start begins at zero, a round number.
  const first = Math.min(...steps) <= last / 20 ? 0 : Math.min(...steps)
  return scale(first, last > first ? last : first + 1, left, right)
}

const axes = (x: Scale, y: Scale, left: number, right: number): Markup => {
  const down = ticks(y.low, y.high, 5)
  const along = ticks(x.low, x.high, 5)
  return markup`${down.values.map(
    (value, index) => markup`<path class="grid" d="M${left} ${round(y.at(value))}H${right}"/>
<text x="${left - 8}" y="${round(y.at(value))}" dy="0.32em" text-anchor="end" class="quiet">${down.labels[index]}</text>
`,
  )}${along.values.map(
    (value, index) => markup`<path class="grid" d="M${round(x.at(value))} ${BOTTOM}v5"/>
<text x="${round(x.at(value))}" y="${BOTTOM + 18}" text-anchor="middle" class="quiet">${along.labels[index]}</text>
`,
  )}<text x="${right + 10}" y="${BOTTOM + 18}" class="quiet">step</text>
`
}

const curve = ({ colour, raw, smooth }: Line, x: Scale, y: Scale): Markup => {
  const place = ([step, loss]: Point) => `${round(x.at(step))} ${round(y.at(loss))}`
  // A line of no length with round ends is a dot: one path for all of them.
  const dots = raw.map((point) => `M${place(point)}h0`).join('')
  const path = smooth.map((point, index) => `${index === 0 ? 'M' : 'L'}${place(point)}`).join('')
  return markup`<path d="${dots}" stroke="${colour}" stroke-width="2.5" stroke-linecap="round" opacity="0.22" fill="none"/>
<path d="${path}" stroke="${colour}" stroke-width="2" stroke-linejoin="round" stroke-linecap="round" fill="none"/>
`
}

/** Names at the ends of their lines, so that no one has to match colours. */
const endLabels = (lines: readonly Line[], y: Scale, right: number): readonly Markup[] => {
  const ends = lines.map(({ smooth }) => y.at(smooth.at(-1)?.[1] ?? NaN))
  const places = moveApart(ends, 15, TOP, BOTTOM)
  return lines.map(({ layer, colour }, index) => {
    const [end, place] = [round(ends[index] ?? 0), round(places[index] ?? 0)]
    return markup`<path d="M${right + 3} ${end}L${right + 12} ${place}" stroke="${colour}" stroke-width="1.5" fill="none"/>
<text x="${right + 16}" y="${place}" dy="0.32em">${layer}</text>
`
  })
}

const describe = ({ layer, smooth }: Line): string => {
  const tell = (point: Point | undefined) =>
    `${(point?.[1] ?? NaN).toPrecision(3)} at step ${point?.[0] ?? 0}`
  return `${layer} from ${tell(smooth[0])} to ${tell(smooth.at(-1))}`
}

const leftOut = (losses: readonly Curve[]): string => {
  const counts = losses
    .map(({ layer, points }) => ({
      layer,
      count: points.filter(([step, loss]) => !isDrawable([step, loss])).length,
    }))
    .filter(({ count }) => count > 0)
    .map(({ layer, count }) => `${layer} at ${plural(count, 'step')}`)
  return counts.length > 0 ? ` Not finite, so not drawn: ${counts.join(', ')}.` : ''
}

/** The losses of a run, a line per layer: moving medians, with the single losses faint behind them. */
export const lossChart = (losses: readonly Curve[]): Markup => {
  const lines = losses.map(lineOf).filter(({ smooth }) => smooth.length > 0)
  if (lines.length === 0) return markup`<p class="quiet">There are no losses to draw.${leftOut(losses)}</p>`
  const y = lossScale(lines)
  const left = 8 + 7 * Math.max(...ticks(y.low, y.high, 5).labels.map(({ length }) => length), 2)
  const right = WIDTH - 22 - 7 * Math.max(...lines.map(({ layer }) => layer.length), 4)
  const x = stepScale(lines, left, right)
  const window = Math.max(
    ...losses.map(({ points }) =>
      windowOf(points.map(([step, loss]): Point => [step, loss]).filter(isDrawable)),
    ),
  )
  return markup`<figure><h4>Loss of each layer</h4>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img"
 aria-label="Loss by step: ${lines.map(describe).join('; ')}.">
${axes(x, y, left, right)}${lines.map((line) => curve(line, x, y))}${endLabels(lines, y, right)}</svg>
<figcaption>Dots: single steps. Lines: medians of ${plural(window, 'step')}.${leftOut(losses)}</figcaption></figure>`
}

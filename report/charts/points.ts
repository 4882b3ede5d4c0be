import { at } from '../../src/base/lists.ts'
import type { Curve, CurvePoint } from '../run.ts'

/** More points than these only make a page large. */
const MOST_POINTS = 90

export interface Point {
  readonly step: number
  readonly value: number
  /** Lowest and highest of the steps that the point stands for. */
  readonly low: number
  readonly high: number
}

/** Points as they are drawn, each for so many of those given. */
export interface DrawnCurve {
  readonly layer: string
  readonly points: readonly Point[]
  /** Steps whose values were not finite. */
  readonly notFinite: number
}

/** Not NaN, and small enough that the difference of two is finite. */
const isDrawable = (value: number): boolean => Math.abs(value) < Number.MAX_VALUE / 4

const pointOf = ([step, value, low = value, high = value]: CurvePoint): Point => ({ step, value, low, high })

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return (at(sorted, Math.ceil(middle) - 1) + at(sorted, Math.floor(middle))) / 2
}

/** The median of neighbours' values, at the step in their middle. */
const merge = (points: readonly Point[]): Point => ({
  step: at(points, Math.floor(points.length / 2)).step,
  value: median(points.map(({ value }) => value)),
  low: Math.min(...points.map(({ low }) => low)),
  high: Math.max(...points.map(({ high }) => high)),
})

/**
 * At most so many points that a page stays small, each the median of neighbours. The first stays by
 * itself, so that a steep start keeps its height.
 */
export const drawnCurve = ({ layer, points, notFinite = 0 }: Curve): DrawnCurve => {
  const drawable = points
    .map(pointOf)
    .filter((point) => [point.value, point.low, point.high].every(isDrawable))
  const merged = Math.ceil(Math.max(0, drawable.length - 1) / (MOST_POINTS - 1)) || 1
  const inner = drawable.slice(1)
  const groups = Array.from({ length: Math.ceil(inner.length / merged) }, (_, index) =>
    merge(inner.slice(index * merged, (index + 1) * merged)),
  )
  return {
    layer,
    points: merged === 1 ? drawable : [...drawable.slice(0, 1), ...groups],
    notFinite: notFinite + points.length - drawable.length,
  }
}

/** The value below which the given part of the values lies. */
const quantile = (values: readonly number[], part: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return at(sorted, Math.round(part * (sorted.length - 1)))
}

/** What is smaller cannot be divided into ticks. */
const SMALLEST = 1e-290
const smallestSpan = (value: number): number => Math.max(SMALLEST, 1e-12 * Math.abs(value))

/** All of the medians and nearly all of the bands; a few outliers may not flatten everything else. */
export const extentOf = (curves: readonly DrawnCurve[]): readonly [low: number, high: number] => {
  const points = curves.flatMap((curve) => curve.points)
  const values = points.map(({ value }) => value)
  const low = Math.min(
    quantile(
      points.map((point) => point.low),
      0.02,
    ),
    ...values,
  )
  const high = Math.max(
    quantile(
      points.map((point) => point.high),
      0.98,
    ),
    ...values,
  )
  if (high - low > smallestSpan(high)) return [low - 0.05 * (high - low), high + 0.05 * (high - low)]
  const margin = Math.abs(high) > SMALLEST ? Math.abs(high) / 10 : 1
  return [low - margin, high + margin]
}

/** From the first step to the last; a run that is drawn from its start begins at zero, a round number. */
export const stepsOf = (curves: readonly DrawnCurve[]): readonly [first: number, last: number] => {
  const steps = curves.flatMap((curve) => curve.points.map(({ step }) => step))
  const [least, last] = [Math.min(...steps), Math.max(...steps)]
  const first = least >= 0 && least <= last / 20 ? 0 : least
  return [first, last > first ? last : first + 1]
}

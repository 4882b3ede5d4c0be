import { argument, nothingMore, options } from './check.ts'
import { callback, notNegative, positive } from './kinds.ts'
import { at } from '../base/lists.ts'
import { UserError } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'
import { shown } from '../base/show.ts'
import {
  cosineChecks,
  curveChecks,
  pointsChecks,
  ratePoints,
  stepsChecks,
  type CosineOptions,
  type CurveOptions,
  type PointsOptions,
  type RatePoint,
  type StepsOptions,
} from './schedule.ts'
import type { Rate } from '../bundle/schema/rate.ts'

export type { CosineOptions, CurveOptions, PointsOptions, Rate, RatePoint, StepsOptions }

/**
 * Learning-rate schedules: the public names `rates.…`. Each takes the rate of the first step (of the first after the
 * warm-up) and gives data for an optimizer's `lr`; what is no rate is a UserError ('ProgramError'). The runtime evaluates
 * them step by step; a graph is only given the rate of its step.
 */

/** At 0 nothing would learn. */
const lr = (what: string, value: number): number => argument(what, 'lr', positive, value)

/** The same rate in every step, as a plain number says, too. */
export function constant(rate: number, ...extra: readonly undefined[]): Rate {
  nothingMore('rates.constant', extra)
  return { kind: 'constant', lr: lr('rates.constant', rate) }
}

/** Multiplies the rate by `factor` each time another `every` (a fraction of the run) has passed. */
export function steps(rate: number, given: StepsOptions, ...extra: readonly undefined[]): Rate {
  nothingMore('rates.steps', extra)
  const { every, factor = 0.1 } = options('rates.steps', stepsChecks, given)
  return { kind: 'step', lr: lr('rates.steps', rate), every, factor }
}

/**
 * Linear warm-up over the fraction `warmup` of the run, then half a cosine down to `final` (a fraction of lr)
 * (Loshchilov & Hutter 2017).
 */
export function cosine(rate: number, given: CosineOptions = {}, ...extra: readonly undefined[]): Rate {
  nothingMore('rates.cosine', extra)
  const { warmup = 0, final = 0 } = options('rates.cosine', cosineChecks, given)
  return { kind: 'cosine', lr: lr('rates.cosine', rate), warmup, final }
}

/**
 * Rates at given places of the run, `[[0, 0.1], [0.5, 0.1], [1, 0.001]]`, with straight lines between them. Before the first
 * and after the last point the rate stays. Two points at one place make a jump: from that step on the later one holds.
 *
 * @param points [place, rate], in their order; places are fractions of the run, or steps with `{ unit: 'step' }`
 */
export function points(
  points: readonly RatePoint[],
  given: PointsOptions = {},
  ...extra: readonly undefined[]
): Rate {
  nothingMore('rates.points', extra)
  const checked = argument('rates.points', 'points', ratePoints, points)
  const { unit = 'run', between = 'lines' } = options('rates.points', pointsChecks, given)
  const beyond = unit === 'run' ? checked.find(([place]) => place > 1) : undefined
  if (beyond)
    throw new UserError('ProgramError', `rates.points: a place is ${beyond[0]}, after the end of the run`, {
      origin: currentOrigin(),
      help: "give fractions of the run, from 0 to 1, or count steps: { unit: 'step' }",
    })
  const lr = largest(checked.map(([, rate]) => rate))
  return { kind: 'points', lr, points: checked.map(([place, rate]) => [place, rate]), unit, between }
}

const largest = (rates: readonly number[]): number => rates.reduce((most, rate) => Math.max(most, rate))

const aCurve = callback<(progress: number) => number>(
  'a function of how much of the run is over, from 0 to 1: (progress) => 0.1 * (1 - progress) ** 2',
)

/**
 * A schedule by a function of how much of the run is over: 0 at the first step, 1 at the end. How long a run is, is said when
 * it is trained, by whoever has the bundle, which holds no code: so the function is asked now, at 1001 places, and the
 * rate is a straight line between them. For steps and jumps, use `rates.points`.
 */
export function curve(
  progress: (progress: number) => number,
  given: CurveOptions = {},
  ...extra: readonly undefined[]
): Rate {
  nothingMore('rates.curve', extra)
  argument<unknown>('rates.curve', 'progress', aCurve, progress)
  const { points = 1001 } = options('rates.curve', curveChecks, given)
  const ask = (i: number) => {
    const place = i / (points - 1)
    return argument('rates.curve', `the rate at ${place}`, notNegative, progress(place))
  }
  const values = Array.from({ length: points }, (_, i) => ask(i))
  const again = values.findIndex((value, i) => !Object.is(ask(i), value))
  if (again >= 0)
    throw new UserError(
      'ProgramError',
      `rates.curve: at ${again / (points - 1)} the function gave ${shown(at(values, again))} first, and then another rate`,
      {
        origin: currentOrigin(),
        help: 'a schedule depends on the place in the run alone, so that a run can be done again',
      },
    )
  return { kind: 'table', lr: lr('rates.curve', largest(values)), values }
}

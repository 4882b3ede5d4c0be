import { z } from 'zod'
import { at } from '../base/lists.ts'
import {
  decay,
  float32Only,
  fraction,
  isTooFine,
  list,
  notNegative,
  oneOf,
  positive,
  share,
  whole,
} from './kinds.ts'
import { shown } from '../base/show.ts'
import type { Rate } from '../bundle/schema/rate.ts'
import type { Checks } from './check.ts'

/** What a learning rate may be: a number, or data of a schedule that `rates` makes. */

export interface StepsOptions {
  /** A fraction of the run, above 0 and below 1. */
  readonly every: number
  /** Default 0.1. */
  readonly factor?: number
}
export const stepsChecks: Checks<StepsOptions> = { every: share, factor: positive.optional() }

/** What `cosine` takes beside its rate. */
export interface CosineOptions {
  /** A fraction of the run, from 0 up to, but not, 1; default 0. */
  readonly warmup?: number
  /** A fraction of the rate, from 0 to 1; default 0. */
  readonly final?: number
}
export const cosineChecks: Checks<CosineOptions> = { warmup: decay.optional(), final: fraction.optional() }

/** Where in a run, and the rate there. */
export type RatePoint = readonly [place: number, rate: number]

/** What `points` takes beside its points. */
export interface PointsOptions {
  /** What places are counted in: 'run', fractions of the run from 0 to 1, or 'step', steps from 0; default 'run'. */
  readonly unit?: 'run' | 'step'
  /** 'lines': straight lines from point to point; 'steps': each rate until the next point; default 'lines'. */
  readonly between?: 'lines' | 'steps'
}
const unit = oneOf('run', 'step')
const between = oneOf('lines', 'steps')
export const pointsChecks: Checks<PointsOptions> = { unit: unit.optional(), between: between.optional() }

/** What `curve` takes beside its function. */
export interface CurveOptions {
  /** At how many places of the run the function is asked, both ends included: from 2 to 100001; default 1001. */
  readonly points?: number
}
export const curveChecks: Checks<CurveOptions> = { points: whole(2, 100_001).optional() }

/** Places in their order, of rates that are not all 0: at 0 nothing would learn. */
export const ratePoints = list<RatePoint>(
  z.tuple([notNegative, notNegative], 'a pair [place, rate] of numbers, 0 or more'),
  'pairs [place, rate], such as [[0, 0.1], [1, 0.01]]',
  1,
)
  .refine((points) => points.every(([place], i) => i === 0 || place >= at(points, i - 1)[0]), {
    error: 'pairs [place, rate] in the order of their places',
  })
  .refine((points) => points.some(([, rate]) => rate > 0), { error: 'at least one rate above 0' })

const values = list(notNegative, 'numbers', 2)

/** What each kind of schedule has beside its rate. */
const kinds = {
  points: { points: ratePoints, unit, between },
  table: { values },
  constant: {},
  step: stepsChecks,
  cosine: cosineChecks,
} satisfies { readonly [Kind in Rate['kind']]: Checks<Omit<Extract<Rate, { kind: Kind }>, 'kind' | 'lr'>> }

/** A schedule is data that a bundle can hold: what one of the functions of `rates` makes. */
const isRate = (value: unknown): value is Rate => {
  if (typeof value !== 'object' || value === null) return false
  const { kind, ...rest } = value as Readonly<Record<string, unknown>>
  if (typeof kind !== 'string' || !Object.hasOwn(kinds, kind)) return false
  const checks = { lr: positive, ...kinds[kind as keyof typeof kinds] }
  return z.strictObject(checks).required().safeParse(rest).success
}

/** A schedule as an optimizer of the user's own has it. */
export const schedule = z.custom<Rate>(isRate, 'a schedule, such as rates.constant(0.1)')

/** What `lr` may be: a number above 0, or a schedule. */
export const rate = z.custom<number | Rate>((value) => positive.safeParse(value).success || isRate(value), {
  error: ({ input }) => {
    if (typeof input === 'function')
      return `a schedule as data, such as rates.cosine(0.1), or rates.curve(…) of a function: ${shown(input)} cannot be written to a bundle`
    return isTooFine(input) ? float32Only : 'a number above 0, or a schedule such as rates.cosine(0.1)'
  },
})

import { z } from 'zod'
import { decay, float32Only, fraction, isTooFine, positive, share } from './kinds.ts'
import { shown } from './show.ts'
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

/** What each kind of schedule has beside its rate. */
const kinds = {
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
      return `a schedule as data, such as rates.cosine(0.1): ${shown(input)} cannot be written to a bundle`
    return isTooFine(input) ? float32Only : 'a number above 0, or a schedule such as rates.cosine(0.1)'
  },
})

import { z } from 'zod'
import { argument, nothingMore, options, type Checks } from './check.ts'
import { decay, float32Only, fraction, isTooFine, positive, share } from './kinds.ts'
import { shown } from './show.ts'
import type { Rate } from '../bundle/schema/rate.ts'

/** Learning-rate schedules. The runtime evaluates them; a graph is only given the rate of its step. */

/** At 0 nothing would learn. */
const lr = (what: string, value: number): number => argument(what, 'lr', positive, value)

export function constant(rate: number, ...extra: readonly undefined[]): Rate {
  nothingMore('rates.constant', extra)
  return { kind: 'constant', lr: lr('rates.constant', rate) }
}

export interface StepsOptions {
  readonly every: number
  readonly factor?: number
}
const stepsChecks: Checks<StepsOptions> = { every: share, factor: positive.optional() }

/** Multiplies the rate by `factor` each time another `every` (a fraction of the run) has passed. */
export function steps(rate: number, given: StepsOptions): Rate {
  const { every, factor = 0.1 } = options('rates.steps', stepsChecks, given)
  return { kind: 'step', lr: lr('rates.steps', rate), every, factor }
}

export interface CosineOptions {
  readonly warmup?: number
  readonly final?: number
}
const cosineChecks: Checks<CosineOptions> = { warmup: decay.optional(), final: fraction.optional() }

/**
 * Linear warm-up over the fraction `warmup` of the run, then half a cosine down to `final` (a fraction of lr)
 * (Loshchilov & Hutter 2017).
 */
export function cosine(rate: number, given: CosineOptions = {}): Rate {
  const { warmup = 0, final = 0 } = options('rates.cosine', cosineChecks, given)
  return { kind: 'cosine', lr: lr('rates.cosine', rate), warmup, final }
}

const kinds = { constant: {}, step: stepsChecks, cosine: cosineChecks }

/** A schedule is data that a bundle can hold: what one of these functions makes. */
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

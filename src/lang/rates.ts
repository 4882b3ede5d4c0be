import { argument, nothingMore, options } from './check.ts'
import { positive } from './kinds.ts'
import { cosineChecks, stepsChecks, type CosineOptions, type StepsOptions } from './schedule.ts'
import type { Rate } from '../bundle/schema/rate.ts'

export type { CosineOptions, Rate, StepsOptions }

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

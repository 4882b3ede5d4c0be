import { z } from 'zod'
import { nothingMore, options as checked, type Checks } from '../check.ts'
import { decay, share } from '../kinds.ts'
import { averaging } from '../../bundle/schema/average.ts'
import type { Average } from '../../bundle/schema/average.ts'

export type { Average }

/**
 * Averages of weights over the steps of a run: what an optimizer's `average` may be. They are kept beside the
 * parameters and change nothing of the training; `hebb probe RUN --average` looks at them.
 */

export interface EmaOptions {
  /** What is kept of the average in each step, from 0 up to, but not, 1; default 0.999. */
  readonly decay?: number
}
const emaChecks: Checks<EmaOptions> = { decay: decay.optional() }

/**
 * An exponential moving average: average = decay · average + (1 - decay) · parameter after each step. It starts as
 * the parameters after the first step, as torch.optim.swa_utils.AveragedModel does.
 */
export function ema(options: EmaOptions = {}, ...extra: readonly undefined[]): Average {
  nothingMore('ema', extra)
  const { decay = 0.999 } = checked('ema', emaChecks, options)
  return { kind: 'ema', decay }
}

/** What `swa` takes. */
export interface SwaOptions {
  /** The fraction of the run after which weights are averaged, above 0 and below 1; default 0.75. */
  readonly from?: number
}
const swaChecks: Checks<SwaOptions> = { from: share.optional() }

/**
 * Stochastic weight averaging (Izmailov et al. 2018): the plain mean of the weights after every step from the fraction
 * `from` of the run on. Before that it is the weights themselves.
 */
export function swa(options: SwaOptions = {}, ...extra: readonly undefined[]): Average {
  nothingMore('swa', extra)
  const { from = 0.75 } = checked('swa', swaChecks, options)
  return { kind: 'swa', from }
}

/** What `average` may be. */
export const anAverage = z.custom<Average>(
  (value) => averaging.safeParse(value).success,
  'an average of weights, such as ema({ decay: 0.999 }) or swa({ from: 0.75 })',
)

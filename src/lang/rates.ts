import { UserError } from '../error.ts'
import { currentOrigin } from '../ir/context.ts'
import type { Rate } from '../onnx/manifest.ts'

/** Learning-rate schedules. The runtime evaluates them; a graph is only given the rate of its step. */

const checked = (what: string, value: number, holds: boolean, help: string): number => {
  if (Number.isFinite(value) && holds) return value
  throw new UserError('ProgramError', `${what} is ${value}`, { origin: currentOrigin(), help })
}
const notNegative = (what: string, value: number): number =>
  checked(what, value, value >= 0, 'give a number ≥ 0')

export const constant = (lr: number): Rate => ({ kind: 'constant', lr: notNegative('the learning rate', lr) })

/** Multiplies the rate by `factor` each time another `every` (a fraction of the run) has passed. */
export const steps = (lr: number, { every, factor = 0.1 }: { every: number; factor?: number }): Rate => ({
  kind: 'step',
  lr: notNegative('the learning rate', lr),
  every: checked('every', every, every > 0, 'give a fraction of the run, above 0'),
  factor: notNegative('factor', factor),
})

/**
 * Linear warm-up over the fraction `warmup` of the run, then half a cosine down to `final` (a fraction of lr)
 * (Loshchilov & Hutter 2017).
 */
export const cosine = (
  lr: number,
  { warmup = 0, final = 0 }: { warmup?: number; final?: number } = {},
): Rate => ({
  kind: 'cosine',
  lr: notNegative('the learning rate', lr),
  warmup: notNegative('warmup', warmup),
  final: notNegative('final', final),
})

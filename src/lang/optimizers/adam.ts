import { z } from 'zod'
import { nothingMore, options as checked, type Checks } from '../check.ts'
import { decay, positive } from '../kinds.ts'
import { builtIn, type Optimizer } from './optimizer.ts'
import { decayed, shrunk } from './decay.ts'
import { sharedChecks, type SharedOptions } from './settings.ts'

/** What `adam` and `adamw` take. */
export interface AdamOptions extends SharedOptions {
  /** What is kept of the means of gradients and of their squares; default [0.9, 0.999]. */
  readonly betas?: readonly [number, number]
  /** Added to the root of the mean square; default 1e-8. */
  readonly eps?: number
}

/** What is kept of two means that move. */
export const twoDecays = z.tuple([decay, decay], { error: 'two numbers, each from 0 up to, but not, 1' })

const adamChecks: Checks<AdamOptions> = {
  ...sharedChecks,
  betas: twoDecays.optional(),
  eps: positive.optional(),
}

/** torch.optim.Adam (Kingma & Ba 2015): decay is added to the gradient. */
export const adam = (options: AdamOptions, ...extra: readonly undefined[]): Optimizer =>
  adamFamily('adam', options, extra, 0)

/** torch.optim.AdamW (Loshchilov & Hutter 2019): decay shrinks the parameter, default 0.01 as in PyTorch. */
export const adamw = (options: AdamOptions, ...extra: readonly undefined[]): Optimizer =>
  adamFamily('adamw', options, extra, 0.01)

function adamFamily(
  name: 'adam' | 'adamw',
  options: AdamOptions,
  extra: readonly undefined[],
  usualDecay: number,
): Optimizer {
  nothingMore(name, extra)
  const given = checked(name, adamChecks, options)
  const { betas: [beta1, beta2] = [0.9, 0.999], eps = 1e-8, weightDecay = usualDecay, ...shared } = given
  const decoupled = name === 'adamw'
  return builtIn(name, {
    ...shared,
    weightDecay,
    settings: { beta1, beta2, eps, weightDecay },
    states: ['exp_avg', 'exp_avg_sq'],
    update: ({ parameter, gradient, states, rate, step, weightDecay }) => {
      // Bias corrections in float64: 1 - 0.999¹ would lose half its digits in float32.
      const time = step.cast('float64')
      const power = (beta: number) => (beta === 0 ? time.mul(0) : time.mul(Math.log(beta)).exp())
      const correction = (beta: number) => power(beta).neg().add(1)
      const rootCorrection = correction(beta2).sqrt()
      // √(square / c) + eps = (√square + eps √c) / √c: two passes over all numbers less.
      const stepSize = rate.div(correction(beta1)).mul(rootCorrection).cast(parameter.dtype)
      const smallest = rootCorrection.mul(eps).cast(parameter.dtype)
      const kept = decoupled ? shrunk(parameter, rate, weightDecay) : parameter

      const slope = decoupled ? gradient : decayed(parameter, gradient, weightDecay)
      const mean = states.exp_avg.mul(beta1).add(slope.mul(1 - beta1))
      const square = states.exp_avg_sq.mul(beta2).add(slope.square().mul(1 - beta2))
      const denominator = square.sqrt().add(smallest)
      return {
        parameter: kept.sub(mean.div(denominator).mul(stepSize)),
        states: { exp_avg: mean, exp_avg_sq: square },
      }
    },
  })
}

import { nothingMore, options as checked, type Checks } from '../check.ts'
import { twoDecays } from './adam.ts'
import { shrunk } from './decay.ts'
import { builtIn, type Optimizer } from './optimizer.ts'
import { sharedChecks, type SharedOptions } from './settings.ts'

/** What `lion` takes. */
export interface LionOptions extends SharedOptions {
  /** Of the direction, and of what is kept; default 0.9 and 0.99. */
  readonly betas?: readonly [number, number]
}

const lionChecks: Checks<LionOptions> = { ...sharedChecks, betas: twoDecays.optional() }

/**
 * Lion (Chen et al. 2023, algorithm 2): steps by the sign of a mean of gradients; decay shrinks the parameter.
 *
 *     w ← w - rate · (sign(β₁ m + (1 - β₁) g) + decay · w),  m ← β₂ m + (1 - β₂) g
 *
 * The paper takes a rate three to ten times smaller than AdamW's, and a decay larger by as much.
 */
export function lion(options: LionOptions, ...extra: readonly undefined[]): Optimizer {
  nothingMore('lion', extra)
  const { betas: [beta1, beta2] = [0.9, 0.99], ...shared } = checked('lion', lionChecks, options)
  const { weightDecay = 0 } = shared
  return builtIn('lion', {
    ...shared,
    settings: { beta1, beta2, weightDecay },
    states: ['exp_avg'],
    update: ({ parameter, gradient, states: { exp_avg: mean }, rate, weightDecay }) => {
      const direction = mean
        .mul(beta1)
        .add(gradient.mul(1 - beta1))
        .sign()
      const kept = shrunk(parameter, rate, weightDecay)
      return {
        parameter: kept.sub(direction.mul(rate.cast(parameter.dtype))),
        states: { exp_avg: mean.mul(beta2).add(gradient.mul(1 - beta2)) },
      }
    },
  })
}

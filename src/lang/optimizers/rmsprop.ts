import { present } from '../../base/lists.ts'
import { nothingMore, options as checked, type Checks } from '../check.ts'
import { decay, flag, positive } from '../kinds.ts'
import { decayed } from './decay.ts'
import { builtIn, type Optimizer } from './optimizer.ts'
import { sharedChecks, type SharedOptions } from './settings.ts'

/** What `rmsprop` takes. */
export interface RmspropOptions extends SharedOptions {
  /** What is kept of the mean square in each step; default 0.99. */
  readonly alpha?: number
  /** Added to the root of the mean square; default 1e-8. */
  readonly eps?: number
  /** What is kept of the step before; default 0. */
  readonly momentum?: number
  /** Divides by the deviation from the mean gradient in place of the root mean square. */
  readonly centered?: boolean
}

const rmspropChecks: Checks<RmspropOptions> = {
  ...sharedChecks,
  alpha: decay.optional(),
  eps: positive.optional(),
  momentum: decay.optional(),
  centered: flag.optional(),
}

/** torch.optim.RMSprop (Hinton 2012; centered: Graves 2013): decay is added to the gradient. */
export function rmsprop(options: RmspropOptions, ...extra: readonly undefined[]): Optimizer {
  nothingMore('rmsprop', extra)
  const given = checked('rmsprop', rmspropChecks, options)
  const { alpha = 0.99, eps = 1e-8, momentum = 0, centered = false, ...shared } = given
  const { weightDecay = 0 } = shared
  const states = [
    'square_avg',
    ...(momentum === 0 ? [] : ['momentum_buffer']),
    ...(centered ? ['grad_avg'] : []),
  ]
  return builtIn<string>('rmsprop', {
    ...shared,
    settings: { alpha, eps, momentum, centered, weightDecay },
    states,
    update: ({ parameter, gradient, states, rate, weightDecay }) => {
      const kept = (name: string) => present(states[name], name)
      const lr = rate.cast(parameter.dtype)
      const slope = decayed(parameter, gradient, weightDecay)
      const square = kept('square_avg')
        .mul(alpha)
        .add(slope.square().mul(1 - alpha))
      const mean = centered
        ? kept('grad_avg')
            .mul(alpha)
            .add(slope.mul(1 - alpha))
        : undefined
      // Rounding may take a variance below zero.
      const variance = mean ? square.sub(mean.square()).maximum(0) : square
      const scaled = slope.div(variance.sqrt().add(eps))
      const moved = momentum === 0 ? scaled : kept('momentum_buffer').mul(momentum).add(scaled)
      return {
        parameter: parameter.sub(moved.mul(lr)),
        states: {
          square_avg: square,
          ...(mean ? { grad_avg: mean } : {}),
          ...(momentum === 0 ? {} : { momentum_buffer: moved }),
        },
      }
    },
  })
}

import { type Checks, nothingMore, options as checked } from './check.ts'
import { decay, notNegative, positive } from './kinds.ts'
import { rate } from './schedule.ts'
import { rateOf, type Optimizer } from './optimizers.ts'
import { where, type Tensor } from './tensor.ts'
import type { Rate } from '../bundle/schema/rate.ts'

export interface LarsOptions {
  readonly lr: number | Rate
  readonly momentum?: number
  readonly weightDecay?: number
  /** The trust coefficient η. */
  readonly trust?: number
}

const larsChecks: Checks<LarsOptions> = {
  lr: rate,
  momentum: decay.optional(),
  weightDecay: notNegative.optional(),
  trust: positive.optional(),
}

/**
 * LARS (You, Gitman & Ginsburg 2017, algorithm 1): the step of a parameter w is a fixed share of its length,
 *
 *     v ← momentum · v + lr · λ · (g + decay · w),  w ← w - v,  λ = η ‖w‖ / (‖g‖ + decay · ‖w‖)
 *
 * Parameters of one axis (biases, the scales and shifts of batch norm) take momentum without decay and with λ = 1,
 * and so does a parameter that is all zeros, which would never move. As in the paper the rate of each step is kept
 * in v; implementations on top of PyTorch's SGD multiply by the newest rate instead.
 */
export function lars(options: LarsOptions, ...extra: readonly undefined[]): Optimizer {
  nothingMore('lars', extra)
  const { lr, momentum = 0.9, weightDecay = 0, trust = 0.001 } = checked('lars', larsChecks, options)
  return {
    name: 'lars',
    settings: { momentum, weightDecay, trust },
    rate: rateOf(lr),
    states: ['momentum_buffer'],
    update: ({ parameter, gradient, states: [buffer], rate }) => {
      if (!buffer) throw new Error('lars keeps one state')
      const moved = buffer.mul(momentum).add(direction(parameter, gradient).mul(rate.cast(parameter.dtype)))
      return { parameter: parameter.sub(moved), states: [moved] }
    },
  }

  /** λ · (g + decay · w). */
  function direction(parameter: Tensor, gradient: Tensor): Tensor {
    if (parameter.shape.length < 2) return gradient
    const [length, slope] = [norm(parameter), norm(gradient)]
    const total = slope.add(length.mul(weightDecay))
    // Where the total is zero, so is the direction; the ratio must only be a number.
    const ratio = length.div(total.add(total.eq(0).cast(total.dtype))).mul(trust)
    const decayed = weightDecay === 0 ? gradient : gradient.add(parameter.mul(weightDecay))
    return decayed.mul(where(length.greater(0), ratio, 1))
  }
}

const norm = (x: Tensor): Tensor => x.square().sum().sqrt()

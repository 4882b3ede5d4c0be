import { nothingMore, options as checked, type Checks } from '../check.ts'
import { decay, positive } from '../kinds.ts'
import { decayed } from './decay.ts'
import { builtIn, type Optimizer } from './optimizer.ts'
import { sharedChecks, type SharedOptions } from './settings.ts'
import { where, type Tensor } from '../tensor.ts'

/** What `lars` takes. */
export interface LarsOptions extends SharedOptions {
  /** What is kept of the step before; default 0.9. */
  readonly momentum?: number
  /** The trust coefficient η. */
  readonly trust?: number
}

const larsChecks: Checks<LarsOptions> = {
  ...sharedChecks,
  momentum: decay.optional(),
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
  const { momentum = 0.9, trust = 0.001, ...shared } = checked('lars', larsChecks, options)
  const { weightDecay = 0 } = shared
  return builtIn('lars', {
    ...shared,
    settings: { momentum, weightDecay, trust },
    states: ['momentum_buffer'],
    update: ({ parameter, gradient, states, rate, weightDecay }) => {
      const step = direction(parameter, gradient, weightDecay).mul(rate.cast(parameter.dtype))
      const moved = states.momentum_buffer.mul(momentum).add(step)
      return { parameter: parameter.sub(moved), states: { momentum_buffer: moved } }
    },
  })

  /** λ · (g + decay · w). */
  function direction(parameter: Tensor, gradient: Tensor, weightDecay: number): Tensor {
    if (parameter.shape.length < 2) return gradient
    const [length, slope] = [norm(parameter), norm(gradient)]
    const total = slope.add(length.mul(weightDecay))
    // Where the total is zero, so is the direction; the ratio must only be a number.
    const ratio = length.div(total.add(total.eq(0).cast(total.dtype))).mul(trust)
    return decayed(parameter, gradient, weightDecay).mul(where(length.greater(0), ratio, 1))
  }
}

const norm = (x: Tensor): Tensor => x.square().sum().sqrt()

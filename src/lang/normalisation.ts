import { UserError } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'
import { elements } from '../base/type.ts'
import { argument, nothingMore, options as checked, type Checks } from './check.ts'
import { constant, zeros } from './initializers.ts'
import { flag, positive, weight } from './kinds.ts'
import { module, type Module } from './module.ts'
import type { Tensor } from './tensor.ts'

/** Modules that give activity a scale; shapes stay as they are. */

export interface BatchNormOptions {
  /** Added to the variance. */
  readonly eps?: number
  /** Weight of the newest batch in the running statistics. */
  readonly momentum?: number
  /** Learn a scale and a shift per channel. */
  readonly affine?: boolean
}

const batchNormChecks: Checks<BatchNormOptions> = {
  eps: positive.optional(),
  momentum: weight.optional(),
  affine: flag.optional(),
}

/**
 * Batch normalisation (Ioffe & Szegedy 2015; PyTorch's BatchNorm1d and BatchNorm2d) of maps [rows, channels, H, W]
 * or [rows, features]: each channel has mean 0 and variance 1 over all rows, which are those of all views
 * together, and all positions; then `scale` and `shift`, one number a channel. The frozen encoder uses the
 * running mean and (unbiased) variance of training instead, the states `running_mean` and `running_var`.
 *
 * @throws UserError ('ShapeError') where a training batch has one value a channel.
 */
export function batchNorm(options: BatchNormOptions = {}, ...extra: readonly undefined[]): Module {
  nothingMore('batchNorm', extra)
  const { eps = 1e-5, momentum = 0.1, affine = true } = checked('batchNorm', batchNormChecks, options)
  return module('batch norm', (x, { training, parameter, running }) => {
    const channels = x.size(1)
    const count = elements(x.shape) / channels
    if (training && count < 2)
      throw new UserError('ShapeError', 'batch norm needs more than one value a channel to train', {
        origin: currentOrigin(),
        help: 'raise batch',
      })
    const perChannel = (values: Tensor) => values.reshape(1, channels, ...x.shape.slice(2).map(() => 1))
    const follow = (newest: Tensor) => (before: Tensor) => before.mul(1 - momentum).add(newest.mul(momentum))

    const mean = meanPerChannel(x)
    const usualMean = running('running_mean', [channels], 0, follow(mean))
    const centred = x.sub(perChannel(training ? mean : usualMean))
    const variance = meanPerChannel(centred.square())
    const usualVariance = running('running_var', [channels], 1, (before) =>
      follow(variance.mul(count / (count - 1)))(before),
    )
    const deviation = (training ? variance : usualVariance).add(eps).sqrt()
    if (!affine) return centred.div(perChannel(deviation))
    const scale = parameter('scale', [channels], constant(1), channels)
    const shift = parameter('shift', [channels], zeros(), channels)
    return centred.mul(perChannel(scale.div(deviation))).add(perChannel(shift))
  })
}

/**
 * Layer normalisation (Ba, Kiros & Hinton 2016; PyTorch's LayerNorm over all axes but the rows): each row has mean
 * 0 and variance 1 over all its units; then `scale` and `shift`, one number a unit.
 */
export function layerNorm(options: { readonly eps?: number } = {}, ...extra: readonly undefined[]): Module {
  nothingMore('layerNorm', extra)
  const { eps = 1e-5 } = checked('layerNorm', { eps: positive.optional() }, options)
  return module('layer norm', (x, { parameter }) => {
    const units = x.shape.slice(1)
    const centred = x.sub(meanPerRow(x))
    const deviation = meanPerRow(centred.square()).add(eps).sqrt()
    const scale = parameter('scale', units, constant(1), elements(units))
    const shift = parameter('shift', units, zeros(), elements(units))
    return centred.div(deviation).mul(scale).add(shift)
  })
}

/**
 * Scales each row to root-mean-square 1, so that only the direction of the activity below is passed on
 * (Forward-Forward, Hinton 2022).
 */
export function lengthNorm(epsilon = 1e-8, ...extra: readonly undefined[]): Module {
  nothingMore('lengthNorm', extra)
  argument('lengthNorm', 'epsilon', positive, epsilon)
  return module('length norm', (x) => x.div(meanPerRow(x.square()).add(epsilon).sqrt()))
}

/** Means over rows and positions, [channels]: maps first, which keeps what the gradient spreads small. */
const meanPerChannel = (x: Tensor): Tensor => overMaps(x).mean(0)

/** Means over all of a row, [rows, 1, …]. */
const meanPerRow = (x: Tensor): Tensor =>
  overMaps(x)
    .mean(1)
    .reshape(x.size(0), ...x.shape.slice(1).map(() => 1))

/** Means over the positions of maps, [rows, channels]. */
const overMaps = (x: Tensor): Tensor =>
  x.shape.length === 2 ? x : x.mean(...x.shape.slice(2).map((_, i) => i + 2))

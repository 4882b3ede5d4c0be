import { check, conv, init, layer, local, program, sgd, type Program } from 'hebb'
import { clapp, softhinge, type Contrast } from 'hebb/rules'

/**
 * A linear convolutional network, as in the theory of *Can Local Learning Match Self-Supervised Backpropagation?*
 * (Wu, Delrocq, Gerstner, Bellec, arXiv 2601.21683): convolutions alone, padded so that maps keep their size, no
 * bias and no nonlinearity, float64. `hebb theory` checks on this program what pooling does to local gradients.
 */
export interface LinearConvNetworkOptions {
  readonly channels?: number
  /** Side of the square maps. */
  readonly size?: number
  /** Channels per layer, from the input up. */
  readonly widths?: readonly number[]
  /** Side of the kernels, odd. */
  readonly kernel?: number
  /** Side of the tiles that each layer's score averages over; 1 keeps every position apart. */
  readonly pool?: readonly number[]
  readonly contrast?: Contrast
  readonly context?: 'same' | 'top'
  readonly batch?: number
}

const checks: check.Checks<LinearConvNetworkOptions> = {
  channels: check.count.optional(),
  size: check.count.optional(),
  widths: check.list(check.count, 'channels of layers', 1).optional(),
  kernel: check.count.optional(),
  pool: check.list(check.count, 'sides of tiles').optional(),
  contrast: check.callback<Contrast>('a contrast, such as softhinge()').optional(),
  context: check.oneOf('same', 'top').optional(),
  batch: check.count.optional(),
}

export function linearConvNetwork(options: LinearConvNetworkOptions = {}): Program {
  const given = check.options('linearConvNetwork', checks, options)
  const { channels = 2, size = 4, widths = [2, 2, 2], kernel = 3, batch = 16 } = given
  const { pool = widths.map(() => 1), contrast = softhinge(), context = 'same' } = given
  return program({
    name: 'linear convolutional network',
    input: { channels, size },
    batch,
    encoder: widths.map((count, i) =>
      layer(`conv${i + 1}`, conv(count, { kernel, bias: false, init: init.orthogonal() })),
    ),
    learn: local(clapp({ pool, context, contrast })),
    optimizer: sgd({ lr: 0.01 }),
    dtype: 'float64',
  })
}

export default linearConvNetwork()

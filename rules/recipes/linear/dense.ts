import { check, flatten, init, layer, linear, local, program, sgd, type Program } from 'hebb'
import { clapp, softhinge, type Contrast } from 'hebb/rules'

/**
 * A deep linear network, as in the theory of *Can Local Learning Match Self-Supervised Backpropagation?* (Wu,
 * Delrocq, Gerstner, Bellec, arXiv 2601.21683): layers of weights alone, no bias and no nonlinearity, float64.
 * An input of n features is an image of n channels and one pixel. Weights start semi-orthogonal, which is what
 * the theorems assume. `hebb theory` checks them on this program.
 */
export interface LinearNetworkOptions {
  /** Features of the input. */
  readonly inputs?: number
  /** Units per layer, from the input up. */
  readonly widths?: readonly number[]
  readonly contrast?: Contrast
  /** What a layer's score refers to: the layer itself (CLAPP++), or the top layer (direct feedback). */
  readonly context?: 'same' | 'top'
  readonly batch?: number
}

const checks: check.Checks<LinearNetworkOptions> = {
  inputs: check.count.optional(),
  widths: check.list(check.count, 'units of layers', 1).optional(),
  contrast: check.callback<Contrast>('a contrast, such as softhinge()').optional(),
  context: check.oneOf('same', 'top').optional(),
  batch: check.count.optional(),
}

export function linearNetwork(options: LinearNetworkOptions = {}): Program {
  const {
    inputs = 12,
    widths = [10, 8, 6],
    contrast = softhinge(),
    context = 'same',
    batch = 16,
  } = check.options('linearNetwork', checks, options)
  return program({
    name: 'deep linear network',
    input: { channels: inputs, size: 1 },
    batch,
    encoder: widths.map((units, i) =>
      layer(`layer${i + 1}`, flatten(), linear(units, { bias: false, init: init.orthogonal() })),
    ),
    learn: local(clapp({ context, contrast })),
    optimizer: sgd({ lr: 0.01 }),
    dtype: 'float64',
  })
}

export default linearNetwork()

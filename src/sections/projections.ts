import { errorName, primed } from '../ir/value-names.ts'
import { update } from '../cut/block-update.ts'
import { gradients } from '../grad/reverse.ts'
import { teaches } from '../grad/teaches.ts'
import { adam } from '../lang/optimizers/adam.ts'
import { cosine } from '../lang/rates.ts'
import { Tensor } from '../lang/tensor.ts'
import { comparisonPlan, type Comparison } from './gradients.ts'
import type { TracedSection } from './section.ts'
import { zip } from '../base/lists.ts'
import type { TracedParameter } from '../cut/registry.ts'
import type { Node } from '../ir/node.ts'

/** What one block's own parameters of its rule (projections) can learn: an error, and its gradients. */
interface Fit {
  /** The block's top layer, after which its loss is called. */
  readonly layer: string
  readonly error: Node
  readonly taught: readonly { readonly parameter: TracedParameter; readonly gradient: Node }[]
}

/**
 * One step of the control in which projections are trained, and the encoder is frozen, to make the local gradients
 * those of backpropagation (arXiv 2601.21683). In each block below the top, Adam, its rate falling as half a
 * cosine, descends the squared error
 *
 *     |local - global|²        over all parameters of the block's layers, global a constant
 *
 * The top block's projection is left alone: it is the one that the backpropagated loss uses. Undefined where no
 * block below the top has a parameter to train: under global credit, or for a rule without any.
 */
export function projectionsSection(comparison: Comparison, rate: number): TracedSection | undefined {
  const { blockUpdates, registry, program } = comparison
  const fits = blockUpdates.slice(0, -1).flatMap(({ layers }) => {
    if (layers.every(({ frozen }) => frozen)) return []
    const fit = fitBlock(comparison, new Set(layers.map(({ name }) => name)), layers.at(-1)?.name ?? '')
    return fit.taught.length === 0 ? [] : [fit]
  })
  if (fits.length === 0) return undefined
  // Errors of layers differ by orders of magnitude; with next to no epsilon, Adam's steps do not depend on them.
  const optimizer = adam({ lr: cosine(rate), eps: 1e-16 })
  const updates = fits.flatMap(({ taught }) =>
    // Multiples of the program's rate are no matter of this training.
    taught.flatMap(({ parameter, gradient }) =>
      update(optimizer, { ...parameter, rate: 1 }, gradient, registry),
    ),
  )
  const parameters = new Set(registry.parameters.map(({ name }) => name))
  const outputs = [
    ...fits.map(({ layer, error }) => ({
      name: registry.free(errorName(layer)),
      node: error,
      role: 'loss' as const,
      layer,
    })),
    ...updates.map(({ name, node }) => ({
      name: primed(name),
      node,
      role: parameters.has(name) ? ('parameter' as const) : ('state' as const),
      updates: name,
    })),
  ]
  const description = 'One training step of the projections: local gradients towards backpropagated ones.'
  const plan = comparisonPlan(comparison, { name: 'projections', description, outputs })
  return { plans: [plan], registry, batch: program.batch, rate: optimizer.rate }
}

function fitBlock({ parameters, registry }: Comparison, members: ReadonlySet<string>, layer: string): Fit {
  const compared = parameters.filter((parameter) => members.has(parameter.layer))
  const error = compared
    .map(({ local, global }) => new Tensor(local).sub(new Tensor(global).stopGradient()).square().sum())
    .reduce((sum, part) => sum.add(part)).node
  const encoder = new Set(parameters.map(({ node }) => node))
  const reached = new Set(teaches(error))
  const own = registry.parameters.filter(
    (parameter) =>
      members.has(parameter.layer) && !encoder.has(parameter.node) && reached.has(parameter.node),
  )
  const slopes = gradients(
    error,
    own.map(({ node }) => node),
  )
  return {
    layer,
    error,
    taught: zip(own, slopes).map(([parameter, gradient]) => ({ parameter, gradient })),
  }
}

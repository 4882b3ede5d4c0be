import { found } from '../base/lists.ts'
import { within } from '../ir/context.ts'
import { Tensor } from '../lang/tensor.ts'
import type { TaughtParameter } from './taught-parameter.ts'
import type { Registry } from './registry.ts'
import type { Node } from '../ir/node.ts'
import type { Optimizer } from '../lang/optimizers/optimizer.ts'

/**
 * Averages of what a block is taught, over the steps of the run, where the optimizer asks for them: (1 - w) · average +
 * w · parameter after the step. Nothing of the training reads them.
 */
export function averages(
  { shared }: Optimizer,
  taught: readonly TaughtParameter[],
  updated: ReadonlyMap<string, Node>,
  registry: Registry,
): { readonly name: string; readonly node: Node }[] {
  if (!shared?.average) return []
  return taught.map(({ parameter }) => {
    const { name, node } = registry.weightAverage(parameter)
    return within({ scope: name, origin: undefined }, () => {
      const weight = new Tensor(registry.shared('average'))
      const share = (of: Tensor) => of.cast(node.dtype)
      const newest = new Tensor(found(updated, parameter.name, parameter.name)).mul(share(weight))
      return { name, node: new Tensor(node).mul(share(weight.neg().add(1))).add(newest).node }
    })
  })
}

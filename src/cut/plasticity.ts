import { UserError } from '../base/error.ts'
import { showType, sameShape } from '../base/type.ts'
import { didYouMean } from '../base/near-names.ts'
import type { Node } from '../ir/node.ts'
import type { Tensor } from '../lang/tensor.ts'
import type { TracedParameter } from './registry.ts'
import type { Scene } from './scene.ts'

export interface ExplicitUpdate {
  readonly parameter: TracedParameter
  /** The direction in which it moves. */
  readonly change: Node
}

/**
 * The parameters that a rule's `updates` name: `weight` or `bias` of the layer, one of the rule's own, or a whole
 * name (`conv2.weight`). Those of frozen layers stay as they are.
 *
 * @throws UserError ('RuleError') where there is no such parameter in the block, one is named twice, or shapes differ.
 */
export function explicitUpdates(updates: Readonly<Record<string, Tensor>>, scene: Scene): ExplicitUpdate[] {
  const named = new Map<TracedParameter, string>()
  return Object.entries(updates).flatMap(([name, { node: change }]) => {
    const parameter = find(name, scene)
    const before = named.get(parameter)
    if (before !== undefined)
      throw new UserError(
        'RuleError',
        `${parameter.name} is updated twice, as '${before}' and as '${name}'`,
        { origin: change.origin, help: 'give one update for each parameter: their sum, say' },
      )
    named.set(parameter, name)
    // A rule of a whole block need not know which of its layers are frozen.
    if (parameter.fixed) return []
    if (change.dtype === parameter.node.dtype && sameShape(change.shape, parameter.node.shape))
      return { parameter, change }
    throw new UserError(
      'RuleError',
      `the update of ${parameter.name} is ${showType(change)}, the parameter is ${showType(parameter.node)}`,
      { origin: change.origin, help: 'correlate(post, pre) has the shape of the weights' },
    )
  })
}

function find(name: string, { training, members, registry }: Scene): TracedParameter {
  const own = members.at(-1)?.name ?? ''
  const inBlock = new Set(members.map((member) => member.name))
  const isFrozen = ({ node }: TracedParameter) =>
    members.some(({ frozen, forward }) => frozen && forward.has(node))
  const teachable = registry.parameters.filter(
    (parameter) => inBlock.has(parameter.layer) && (!parameter.fixed || isFrozen(parameter)),
  )
  const candidates = [`${own}.${name}`, name, `${own}.${training.learn.rule.name}.${name}`]
  for (const candidate of candidates) {
    const found = teachable.find((parameter) => parameter.name === candidate)
    if (found) return found
  }
  throw new UserError(
    'RuleError',
    `'${training.learn.rule.name}' updates '${name}', which '${own}' does not have`,
    {
      origin: training.learn.rule.origin,
      help: didYouMean(
        name,
        teachable.map((parameter) => parameter.name.replace(new RegExp(`^${own}\\.`), '')),
      ),
    },
  )
}

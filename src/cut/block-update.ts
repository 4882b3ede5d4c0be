import { showOrigin, UserError, type Origin } from '../base/error.ts'
import { labelOf, within } from '../ir/context.ts'
import { gradients } from '../grad/reverse.ts'
import { returned } from '../lang/returned.ts'
import { shown } from '../lang/show.ts'
import { Tensor } from '../lang/tensor.ts'
import { neg } from '../ops/unary.ts'
import { scale } from '../ops/elementwise.ts'
import { checkBlockUpdate } from './check-block-update.ts'
import { makeRuleContext } from './rule-context.ts'
import { explicitUpdates } from './plasticity.ts'
import { taughtBy, type Taught } from './taught.ts'
import { zip } from '../base/lists.ts'
import type { Node } from '../ir/node.ts'
import type { Optimizer } from '../lang/optimizers.ts'
import type { Registry, TracedParameter } from './registry.ts'
import { turnsOfSection, type TracedLayer } from './trace-layer.ts'
import type { Scene, Training } from './scene.ts'

/** A parameter that learns. `gradient` is what the optimizer descends: of an explicit update, its negative. */
export interface TaughtParameter {
  readonly parameter: TracedParameter
  readonly gradient: Node
  /** Whether the rule said itself how it moves, in place of a loss. */
  readonly isExplicit: boolean
}

/** What one block of layers learns in a step. */
export interface BlockUpdate {
  readonly layers: readonly TracedLayer[]
  /** One number to show; a rule of explicit updates may have none. */
  readonly loss: Node | undefined
  readonly taught: readonly TaughtParameter[]
  /** New values of parameters and states. */
  readonly updates: readonly { readonly name: string; readonly node: Node }[]
}

/**
 * Runs the rule for a block, differentiates its loss and lets the optimizer move the block's parameters. A block that is
 * frozen as a whole has no use for the rule.
 */
export function traceBlockUpdate(scene: Scene): BlockUpdate {
  const { training, members, registry } = scene
  if (members.every(({ frozen }) => frozen))
    return { layers: members, loss: undefined, taught: [], updates: [] }
  const { loss: value, updates } = runRule(scene)
  const loss = value?.node
  const explicit = explicitUpdates(updates, scene)
  const named = new Set(explicit.map(({ parameter }) => parameter))
  const byLoss = loss ? checkBlockUpdate(loss, members, registry, named) : []
  const slopes = loss
    ? gradients(
        loss,
        byLoss.map(({ node }) => node),
      )
    : []
  const taught = [
    ...zip(byLoss, slopes).map(([parameter, gradient]) => ({ parameter, gradient, isExplicit: false })),
    ...explicit.map(({ parameter, change }) => ({
      parameter,
      gradient: within({ ...derivativeOf(parameter), origin: change.origin }, () => neg(change)),
      isExplicit: true,
    })),
  ]
  const optimized = taught.flatMap(({ parameter, gradient }) =>
    update(training.optimizer, parameter, gradient, registry, training.learn.origin),
  )
  const updated = new Map(optimized.map(({ name, node }) => [name, node]))
  const own = members.map(({ name }) => name)
  return { layers: members, loss, taught, updates: [...optimized, ...registry.memories.take(own, updated)] }
}

/** Updates that a rule gives itself stand for the gradient of the parameter. */
const derivativeOf = ({ name, node }: TracedParameter) => ({
  scope: name,
  derivativeOf: { ...labelOf(node), scope: name },
})

/** What the rule says for a block: it is run, and nothing is differentiated. */
export function runRule(scene: Scene): Taught {
  const { training, members } = scene
  const { rule, origin } = training.learn
  const top = members.at(-1)
  if (!top) throw new Error('a block has no layers')
  return within({ scope: `${top.name}.${rule.name}`, origin: rule.origin && 'caller' }, () => {
    return told(origin, top.name, () => {
      requireEnough(scene, top)
      return taughtBy(rule, top.name, rule.teach(makeRuleContext(scene)))
    })
  })
}

/** @throws UserError ('RuleError') where the batch or the block's activity is smaller than the rule needs. */
function requireEnough({ training: { learn, batch } }: Scene, layer: TracedLayer): void {
  const { rule } = learn
  const require = (least: number | undefined, there: number, where: string, what: string, help: string) => {
    if (least !== undefined && there < least)
      throw new UserError('RuleError', `'${rule.name}' needs ${least} ${what}, and ${where} has ${there}`, {
        origin: learn.origin ?? rule.origin,
        help,
      })
  }
  const { needs = {} } = rule
  require(needs.images, batch, 'this one', 'images in a batch', 'raise batch')
  require(needs.units, turnsOfSection(
    layer,
  ), `'${layer.name}'`, 'units in a layer', 'give it more channels or units')
}

/** A mistake inside a rule is the program's too: says which line of the program asked for the rule. */
function told<T>(origin: Training['learn']['origin'], layer: string, body: () => T): T {
  try {
    return body()
  } catch (error) {
    if (error instanceof UserError && origin) error.note(`for '${layer}', taught at ${showOrigin(origin)}`)
    throw error
  }
}

const plain = (value: unknown): value is object => typeof value === 'object' && value !== null

/** New values of a parameter and of what the optimizer keeps of it. */
export function update(
  optimizer: Optimizer,
  { name, layer, node, rate }: TracedParameter,
  gradient: Node,
  registry: Registry,
  origin?: Origin,
) {
  return within({ scope: `${name}.${optimizer.name}`, origin: node.origin }, () => {
    const states = optimizer.states.map((state) => registry.state(`${name}.${state}`, layer, node))
    const updated = optimizer.update({
      parameter: new Tensor(node),
      gradient: new Tensor(gradient),
      states: states.map((state) => new Tensor(state.node)),
      rate: new Tensor(rate === 1 ? registry.shared('rate') : scale(registry.shared('rate'), rate)),
      step: new Tensor(registry.shared('step')),
    })
    const of = `optimizer '${optimizer.name}', for ${name},`
    const kept: unknown = plain(updated) ? updated.states : undefined
    if (!plain(updated) || !Array.isArray(kept) || kept.length !== states.length)
      throw new UserError(
        'ProgramError',
        `${of} returned ${shown(updated)}${Array.isArray(kept) ? ` with ${kept.length} states, not ${states.length}` : ''}`,
        {
          origin,
          help: 'return { parameter, states }: the parameter after the step, and a tensor per name in states',
        },
      )
    const value = (what: string, result: unknown) =>
      returned(`${of} as ${what},`, result, { origin }, node).node
    return [
      { name, node: value('parameter', updated.parameter) },
      ...states.map((state, i) => ({ name: state.name, node: value(`states[${i}]`, kept[i]) })),
    ]
  })
}

import { showOrigin, UserError, type Origin } from '../base/error.ts'
import { labelOf, within } from '../ir/context.ts'
import { gradients } from '../grad/reverse.ts'
import { returned } from '../lang/returned.ts'
import { shown } from '../base/show.ts'
import { Tensor } from '../lang/tensor.ts'
import { neg } from '../ops/unary.ts'
import { scale } from '../ops/elementwise.ts'
import { checkBlockUpdate } from './check-block-update.ts'
import { makeRuleContext } from './rule-context.ts'
import { explicitUpdates } from './plasticity.ts'
import { taughtBy, type Taught } from '../lang/taught.ts'
import { zip } from '../base/lists.ts'
import type { Node } from '../ir/node.ts'
import { clipped } from './clip.ts'
import type { TaughtParameter } from './taught-parameter.ts'
import { averages } from './weight-averages.ts'
import { lossScale } from './loss-scale.ts'
import type { BlockScaling } from '../bundle/schema/scaling.ts'
import type { Optimizer } from '../lang/optimizers/optimizer.ts'
import type { Registry, TracedParameter } from './registry.ts'
import { turnsOfSection, type TracedLayer } from './trace-layer.ts'
import type { Scene, Training } from './scene.ts'

/** What one block of layers learns in a step. */
export interface BlockUpdate {
  readonly layers: readonly TracedLayer[]
  /** One number to show; a rule of explicit updates may have none. */
  readonly loss: Node | undefined
  /** Numbers that the rule shows beside it: they teach nothing. */
  readonly log: readonly { readonly name: string; readonly node: Node }[]
  readonly taught: readonly TaughtParameter[]
  /** New values of parameters and states. */
  readonly updates: readonly { readonly name: string; readonly node: Node }[]
  /** In mixed precision: what its loss is scaled by, and what is counted of it. */
  readonly scaling?: BlockScaling
}

/**
 * Runs the rule for a block, differentiates its loss and lets the optimizer move the block's parameters. A block that is
 * frozen as a whole has no use for the rule.
 */
export function traceBlockUpdate(scene: Scene): BlockUpdate {
  const { training, members, registry } = scene
  if (members.every(({ frozen }) => frozen))
    return { layers: members, loss: undefined, log: [], taught: [], updates: [] }
  const { loss: value, updates: own, log: logged } = runRule(scene)
  const loss = value?.node
  const explicit = explicitUpdates(own, scene)
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
  const log = logged.map(({ name, value }) => ({ name, node: value.node }))
  const scaled = training.scaled && taught.length > 0 ? lossScale(scene, loss, taught, log) : undefined
  const { optimizer, learn } = training
  const optimized = clipped(optimizer, scaled?.taught ?? taught).flatMap(({ parameter, gradient }) =>
    update(optimizer, parameter, gradient, registry, learn.origin),
  )
  const updated = new Map(optimized.map(({ name, node }) => [name, node]))
  const averaged = averages(optimizer, taught, updated, registry)
  const remembered = registry.memories.take(
    members.map(({ name }) => name),
    updated,
  )
  const updates = [...optimized, ...averaged, ...remembered]
  if (!scaled) return { layers: members, loss, log, taught, updates }
  const { names: scaling, guarded } = scaled
  return { layers: members, loss, log: [...log, ...scaled.log], taught, updates: guarded(updates), scaling }
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
  taughtAt?: Origin,
) {
  const origin = optimizer.tellsLines === true ? 'caller' : node.origin
  return within({ scope: `${name}.${optimizer.name}`, origin }, () => {
    const states = optimizer.states.map((state) => registry.state(`${name}.${state}`, layer, node))
    const updated = optimizer.update({
      parameter: new Tensor(node),
      gradient: new Tensor(gradient),
      states: states.map((state) => new Tensor(state.node)),
      rate: new Tensor(rate === 1 ? registry.shared('rate') : scale(registry.shared('rate'), rate)),
      step: new Tensor(registry.shared('step')),
      of: { name, layer, shape: node.shape },
    })
    const of = `optimizer '${optimizer.name}', for ${name},`
    const kept: unknown = plain(updated) ? updated.states : undefined
    if (!plain(updated) || !Array.isArray(kept) || kept.length !== states.length)
      throw new UserError(
        'ProgramError',
        `${of} returned ${shown(updated)}${Array.isArray(kept) ? ` with ${kept.length} states, not ${states.length}` : ''}`,
        {
          origin: taughtAt,
          help: 'return { parameter, states }: the parameter after the step, and a tensor per name in states',
        },
      )
    const value = (what: string, result: unknown) =>
      returned(`${of} as ${what},`, result, { origin: taughtAt }, node).node
    return [
      { name, node: value('parameter', updated.parameter) },
      ...states.map((state, i) => ({ name: state.name, node: value(`states[${i}]`, kept[i]) })),
    ]
  })
}

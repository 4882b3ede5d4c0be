import { showOrigin, UserError } from '../error.ts'
import { within } from '../ir/context.ts'
import { topological } from '../ir/walk.ts'
import { showType } from '../ir/type.ts'
import { gradients } from '../grad/reverse.ts'
import { Tensor } from '../lang/tensor.ts'
import { scale } from '../ops/elementwise.ts'
import { cut } from '../ops/stop.ts'
import { checkLesson } from './locality.ts'
import { makeRuleContext } from './rule-context.ts'
import { Registry, type TracedParameter } from './registry.ts'
import type { Credit } from '../lang/credit.ts'
import type { Layer, MakeParameter } from '../lang/layers.ts'
import type { Optimizer } from '../lang/optimizers.ts'
import type { Node } from '../ir/node.ts'

/** What is traced: an encoder on rows of given shape, and how it learns. */
export interface Training {
  readonly encoder: readonly Layer[]
  readonly learn: Credit
  readonly optimizer: Optimizer
  readonly views: readonly string[]
  /** Images per step; rows = views × batch. */
  readonly batch: number
  /** The input of the first layer, [rows, …], and its name in the graph. */
  readonly rows: Node
  readonly input: string
}

export interface TracedLayer {
  readonly name: string
  readonly summary: string
  readonly input: Node
  readonly out: Node
  /** The activity as others see it: no gradient crosses it, and it may come from another graph. */
  readonly boundary: Node
  /** The nodes that compute `out` from `input`. */
  readonly forward: ReadonlySet<Node>
}

/** What one block of layers learns in a step. */
export interface Lesson {
  readonly layers: readonly TracedLayer[]
  readonly loss: Node
  readonly taught: readonly { readonly parameter: TracedParameter; readonly gradient: Node }[]
  /** New values of parameters and states. */
  readonly updates: readonly { readonly name: string; readonly node: Node }[]
}

export interface Trace {
  readonly layers: readonly TracedLayer[]
  readonly lessons: readonly Lesson[]
  readonly registry: Registry
}

/** Runs the program's functions once over symbolic tensors. */
export function trace(training: Training, registry = new Registry()): Trace {
  const { encoder, learn, optimizer, rows } = training
  const sizes = learn.blocks(encoder.length)
  const starts = new Set(sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0)))
  const layers: TracedLayer[] = []
  encoder.forEach((layer, i) => {
    const below = layers.at(-1)
    const input = below ? (starts.has(i) ? below.boundary : below.out) : rows
    layers.push(traceLayer(layer, input, registry))
  })
  const lessons = [...starts].map((start, block) => {
    const members = layers.slice(start, start + (sizes[block] ?? 0))
    const loss = traceLoss(training, members, layers, registry)
    const taught = checkLesson(loss, members, registry)
    const slopes = gradients(
      loss,
      taught.map(({ node }) => node),
    )
    const lessons = taught.map((parameter, i) => ({ parameter, gradient: slopes[i] ?? parameter.node }))
    const optimized = lessons.flatMap(({ parameter, gradient }) =>
      update(optimizer, parameter, gradient, registry),
    )
    return { layers: members, loss, taught: lessons, updates: [...optimized, ...registry.takeMemories()] }
  })
  return { layers, lessons, registry }
}

/** Applies a layer to its input; also used where only the activity is wanted. */
export function traceLayer(layer: Layer, input: Node, registry: Registry): TracedLayer {
  const { name, modules, origin } = layer
  return within({ scope: name }, () => {
    const parameter: MakeParameter = (wanted, shape, init, fan) => {
      const type = { dtype: input.dtype, shape }
      return new Tensor(
        registry.parameter(registry.unusedName(`${name}.${wanted}`), name, type, init(shape, fan)),
      )
    }
    const out = modules.reduce((x, module) => module.apply(x, parameter), new Tensor(input)).node
    if (out === input)
      throw new UserError('ProgramError', `layer '${name}' does nothing`, {
        origin,
        help: 'give it a conv or linear module',
      })
    const forward = new Set(topological([out], (node) => node === input))
    forward.delete(input)
    const boundary = within({ origin }, () => cut(out, `${name}.out`))
    const summary = modules.map(({ summary }) => summary).join(' ')
    return { name, summary, input, out, boundary, forward }
  })
}

function traceLoss(
  training: Training,
  members: readonly TracedLayer[],
  layers: readonly TracedLayer[],
  registry: Registry,
): Node {
  const { rule } = training.learn
  const top = members.at(-1)
  if (!top) throw new Error('a block has no layers')
  return within({ scope: `${top.name}.${rule.name}`, origin: rule.origin && 'caller' }, () => {
    const { node: loss } = told(training, top.name, () =>
      rule.loss(makeRuleContext({ training, members, layers, registry })),
    )
    if (loss.shape.length > 0)
      throw new UserError(
        'RuleError',
        `the loss of '${rule.name}' at '${top.name}' is ${showType(loss)}, not one number`,
        {
          origin: loss.origin ?? rule.origin,
          help: 'reduce it: .mean()',
        },
      )
    return loss
  })
}

/** A mistake inside a rule is the program's too: says which line of the program asked for the rule. */
function told<T>({ learn }: Training, layer: string, body: () => T): T {
  try {
    return body()
  } catch (error) {
    if (error instanceof UserError && learn.origin)
      error.note(`for '${layer}', taught at ${showOrigin(learn.origin)}`)
    throw error
  }
}

function update(
  optimizer: Optimizer,
  { name, layer, node, rate }: TracedParameter,
  gradient: Node,
  registry: Registry,
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
    return [
      { name, node: updated.parameter.node },
      ...states.map((state, i) => ({ name: state.name, node: updated.states[i]?.node ?? state.node })),
    ]
  })
}

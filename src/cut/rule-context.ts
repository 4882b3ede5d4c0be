import { UserError } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'
import { argument, options, type Blame, type Checks } from '../lang/check.ts'
import { pytorchDefault, type Init } from '../lang/initializers.ts'
import { callback, count, notNegative } from '../lang/kinds.ts'
import { returned } from '../lang/returned.ts'
import { shown } from '../base/show.ts'
import { anInit, fanIn, startOf } from '../lang/start.ts'
import { Tensor, tensorFor } from '../lang/tensor.ts'
import { stopGradient } from '../ops/stop.ts'
import { applyBlock } from './apply-block.ts'
import { nameFor, shapeFor } from './asked.ts'
import { splitViews, synapses } from './synapses.ts'
import { averageOf, targetOf } from './target.ts'
import type { Node } from '../ir/node.ts'
import type { Shape } from '../base/type.ts'
import type { ParameterOptions, RuleContext } from '../lang/rule.ts'
import type { Scene } from './scene.ts'

const inRule: Blame = { kind: 'RuleError' }
const fixedChecks: Checks<Pick<ParameterOptions, 'init'>> = { init: anInit.optional() }
const parameterChecks: Checks<ParameterOptions> = { ...fixedChecks, rate: notNegative.optional() }
const following = callback('a function of the value before the step')

/** The view of the network that a rule gets for one block. */
export function makeRuleContext({ training, members, layers, registry }: Scene): RuleContext {
  const { views, batch, classes, learn } = training
  const [bottom] = members
  const own = members.at(-1)
  const top = layers.at(-1)
  if (!bottom || !own || !top) throw new Error('a block has no layers')
  const full = (name: string) => `${own.name}.${learn.rule.name}.${name}`
  const activity = (rows: Node) => splitViews(new Tensor(rows), views)
  const rows = views.length * batch
  const { dtype } = own.out
  const plastic = members.map((member) => synapses(member, members, views))

  const drawn = (
    what: string,
    name: string,
    shape: Shape,
    init: Init = pytorchDefault(),
    { rate, fixed }: { readonly rate: number; readonly fixed: boolean },
  ): Tensor => {
    const whole = full(nameFor(what, name))
    const start = startOf(init, shapeFor(what, shape), fanIn(shape), whole, inRule)
    return new Tensor(registry.parameter(whole, own.name, { dtype, shape }, start, { rate, fixed }))
  }

  return Object.defineProperties({} as RuleContext, {
    ...Object.getOwnPropertyDescriptors(plastic.at(-1)),
    ...Object.getOwnPropertyDescriptors({
      index: layers.indexOf(own),
      depth: layers.length,
      images: batch,
      classes,
      views: Object.freeze([...views]),
      input: activity(bottom.input),
      top: activity(top.boundary),
      of: (wanted) => {
        const found = typeof wanted === 'number' ? layers[wanted] : layers.find(({ name }) => name === wanted)
        if (found) return activity(found.boundary)
        throw new UserError('RuleError', `there is no layer ${shown(wanted)}`, {
          origin: currentOrigin(),
          help: `the layers are ${layers.map(({ name }) => name).join(', ')}`,
        })
      },
      layers: plastic,
      apply: (input) => {
        const { node } = tensorFor('apply', 'input', input)
        return new Tensor(applyBlock(members, { input: node }))
      },
      average: (parameter, decay) =>
        new Tensor(averageOf(tensorFor('average', 'parameter', parameter).node, registry, decay)),
      target: (decay) => activity(targetOf(members, registry, decay)),
      get labels() {
        return new Tensor(registry.labels(batch))
      },
      negatives: (wanted = 1) => {
        argument('negatives', 'count', count, wanted, inRule)
        if (batch < 2)
          throw new UserError('RuleError', 'negatives need at least 2 images in a batch', {
            origin: currentOrigin(),
            help: 'raise batch',
          })
        return new Tensor(
          registry.draw({
            kind: 'negatives',
            name: 'negatives',
            type: 'int64',
            shape: [wanted, rows],
            images: batch,
          }),
        )
      },
      uniform: (name, ...shape) =>
        new Tensor(registry.uniform(nameFor('uniform', name), shapeFor('uniform', shape))),
      parameter: (name, shape, given = {}) => {
        const { init, rate = 1 } = options('parameter', parameterChecks, given, inRule)
        return drawn('parameter', name, shape, init, { rate, fixed: false })
      },
      fixed: (name, shape, given = {}) => {
        const { init } = options('fixed', fixedChecks, given, inRule)
        return new Tensor(stopGradient(drawn('fixed', name, shape, init, { rate: 0, fixed: true }).node))
      },
      previous: (name, x) => {
        const { node } = tensorFor('previous', 'x', x)
        const state = registry.state(full(nameFor('previous', name)), own.name, node)
        registry.memories.add(state, () => node)
        return new Tensor(stopGradient(state.node))
      },
      memory: (name, shape, next) => {
        argument<unknown>('memory', 'next', following, next, inRule)
        const state = registry.state(full(nameFor('memory', name)), own.name, {
          dtype,
          shape: shapeFor('memory', shape),
        })
        const before = new Tensor(stopGradient(state.node))
        const after = returned(`the next value of memory '${name}'`, next(before), inRule, state.node)
        registry.memories.add(state, () => after.node)
        return after
      },
    } satisfies Omit<RuleContext, keyof ReturnType<typeof synapses>>),
  })
}

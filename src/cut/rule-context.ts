import { UserError } from '../error.ts'
import { currentOrigin } from '../ir/context.ts'
import { fanIn, pytorchDefault } from '../lang/initializers.ts'
import { requireName } from '../lang/names.ts'
import { Tensor } from '../lang/tensor.ts'
import { stopGradient } from '../ops/stop.ts'
import { splitViews, synapses } from './synapses.ts'
import { averageOf, targetOf } from './target.ts'
import type { Node } from '../ir/node.ts'
import type { RuleContext } from '../lang/rule.ts'
import type { Registry } from './registry.ts'
import type { TracedLayer } from './trace-layer.ts'
import type { Training } from './trace.ts'

export interface Scene {
  readonly training: Training
  /** The block that learns. */
  readonly members: readonly TracedLayer[]
  readonly layers: readonly TracedLayer[]
  readonly registry: Registry
}

/** The view of the network that a rule gets for one block. */
export function makeRuleContext({ training, members, layers, registry }: Scene): RuleContext {
  const { views, batch, learn } = training
  const [bottom] = members
  const own = members.at(-1)
  const top = layers.at(-1)
  if (!bottom || !own || !top) throw new Error('a block has no layers')
  const full = (what: string, name: string) => `${own.name}.${learn.rule.name}.${requireName(what, name)}`
  const activity = (rows: Node) => splitViews(new Tensor(rows), views)
  const rows = views.length * batch
  const { dtype } = own.out
  const plastic = members.map((member) => synapses(member, views))

  return Object.defineProperties({} as RuleContext, {
    ...Object.getOwnPropertyDescriptors(plastic.at(-1)),
    ...Object.getOwnPropertyDescriptors({
      index: layers.indexOf(own),
      depth: layers.length,
      images: batch,
      views,
      input: activity(bottom.input),
      top: activity(top.boundary),
      of: (wanted) => {
        const found = typeof wanted === 'number' ? layers[wanted] : layers.find(({ name }) => name === wanted)
        if (found) return activity(found.boundary)
        throw new UserError('RuleError', `there is no layer ${JSON.stringify(wanted)}`, {
          origin: currentOrigin(),
          help: `the layers are ${layers.map(({ name }) => name).join(', ')}`,
        })
      },
      layers: plastic,
      apply: (input) => new Tensor(members.reduce((x, member) => member.apply(x), input.node)),
      average: ({ node }, decay) => new Tensor(averageOf(node, registry, decay)),
      target: (decay) => activity(targetOf(members, registry, decay)),
      get labels() {
        return new Tensor(registry.labels(batch))
      },
      negatives: (count = 1) => {
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
            shape: [count, rows],
            images: batch,
          }),
        )
      },
      uniform: (name, ...shape) => new Tensor(registry.uniform(requireName('a draw', name), shape)),
      parameter: (name, shape, { init = pytorchDefault(), rate = 1 } = {}) =>
        new Tensor(
          registry.parameter(
            full('a parameter', name),
            own.name,
            { dtype, shape },
            init(shape, fanIn(shape)),
            {
              rate,
              fixed: false,
            },
          ),
        ),
      fixed: (name, shape, { init = pytorchDefault() } = {}) =>
        new Tensor(
          stopGradient(
            registry.parameter(
              full('fixed numbers', name),
              own.name,
              { dtype, shape },
              init(shape, fanIn(shape)),
              {
                rate: 0,
                fixed: true,
              },
            ),
          ),
        ),
      previous: (name, x) => {
        const state = registry.state(full('a value of before', name), own.name, x.node)
        registry.remember(state, () => x.node)
        return new Tensor(stopGradient(state.node))
      },
      memory: (name, shape, next) => {
        const state = registry.state(full('a memory', name), own.name, { dtype, shape })
        const after = next(new Tensor(stopGradient(state.node)))
        registry.remember(state, () => after.node)
        return after
      },
    } satisfies Omit<RuleContext, keyof ReturnType<typeof synapses>>),
  })
}

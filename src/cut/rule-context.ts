import { UserError } from '../error.ts'
import { currentOrigin } from '../ir/context.ts'
import { fanIn, pytorchDefault } from '../lang/initializers.ts'
import { Tensor } from '../lang/tensor.ts'
import type { Node } from '../ir/node.ts'
import type { Activity, RuleContext } from '../lang/rule.ts'
import type { Registry } from './registry.ts'
import type { TracedLayer, Training } from './trace.ts'

interface Scene {
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
  const full = (name: string) => `${own.name}.${learn.rule.name}.${name}`
  const activity = (rows: Node) => splitViews(new Tensor(rows), views, batch)
  const rows = views.length * batch

  return {
    layer: own.name,
    index: layers.indexOf(own),
    depth: layers.length,
    images: batch,
    out: activity(own.out),
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
    uniform: (name, ...shape) => new Tensor(registry.draw({ kind: 'uniform', name, type: 'float32', shape })),
    parameter: (name, shape, { init = pytorchDefault(), rate = 1 } = {}) => {
      const type = { dtype: own.out.dtype, shape }
      return new Tensor(registry.parameter(full(name), own.name, type, init(shape, fanIn(shape)), rate))
    },
    previous: (name, x) => new Tensor(registry.memory(full(name), own.name, x.node)),
  }
}

/** Cuts stacked rows into views by name; a view that nobody reads costs nothing. */
function splitViews(rows: Tensor, views: readonly string[], batch: number): Activity<string> {
  const activity: Record<string, Tensor> = {}
  views.forEach((view, i) => {
    Object.defineProperty(activity, view, {
      enumerable: true,
      get: () => (views.length === 1 ? rows : rows.slice(0, i * batch, (i + 1) * batch)),
    })
  })
  return Object.assign(activity, { rows })
}

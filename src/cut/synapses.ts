import { UserError } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'
import { topological } from '../ir/walk.ts'
import { gradient } from '../lang/gradient.ts'
import { Tensor, tensorFor } from '../lang/tensor.ts'
import type { Node } from '../ir/node.ts'
import type { Connection } from '../lang/layer-scope.ts'
import type { Activity, Synapses } from '../lang/rule.ts'
import type { TracedLayer } from './trace-layer.ts'

/** What explicit plasticity sees of a layer. What depends on there being one connection fails when it is read. */
export function synapses(
  layer: TracedLayer,
  members: readonly TracedLayer[],
  views: readonly string[],
): Synapses {
  const out = new Tensor(layer.out)
  const input = new Tensor(layer.input)
  const only = () => onlyConnection(layer)
  return {
    layer: layer.name,
    out: splitViews(out, views),
    get pre() {
      return splitViews(only().pre, views)
    },
    get preactivation() {
      return splitViews(only().preactivation, views)
    },
    get weight() {
      return only().weight
    },
    get bias() {
      return only().bias
    },
    correlate: (post, pre = only().pre) => {
      const { apply, weight } = only()
      tensorFor('correlate', 'pre', pre)
      return gradient(apply(pre, weight), weight, tensorFor('correlate', 'post', post))
    },
    gate: (signal) => gradient(out, only().preactivation, tensorFor('gate', 'signal', signal)),
    feedback: (signal, weights = only().weight) => {
      const { apply, pre, preactivation } = only()
      requireNoWayAround(layer, preactivation.node)
      requireChain(layer, members)
      tensorFor('feedback', 'weights', weights)
      const below = gradient(apply(pre, weights), pre, tensorFor('feedback', 'signal', signal))
      return pre.node === input.node ? below : gradient(pre, input, below)
    },
  }
}

/** @throws UserError ('RuleError') where a layer has no weights, or several. */
function onlyConnection({ name, connections }: TracedLayer): Connection {
  const [connection] = connections
  if (connection && connections.length === 1) return connection
  throw new UserError('RuleError', `'${name}' has ${connections.length} weighted modules, not one`, {
    origin: currentOrigin(),
    help: 'explicit plasticity needs layers of one conv or linear each; split the layer, or return a loss',
  })
}

/** @throws UserError ('RuleError') where activity also passes a layer beside its weights, through a residual. */
function requireNoWayAround({ name, input, out }: TracedLayer, preactivation: Node): void {
  if (!topological([out], (node) => node === preactivation || node === input).includes(input)) return
  throw new UserError('RuleError', `the input of '${name}' passes its weights by, through a residual`, {
    origin: currentOrigin(),
    help: 'feedback carries a signal down through the weights alone: take a layer without a residual, or return a loss',
  })
}

/** @throws UserError ('RuleError') where a layer of the block reads several, or what it reads is read by others, too. */
function requireChain(layer: TracedLayer, members: readonly TracedLayer[]): void {
  const below = layer.reads.filter((read) => read.layer && members.includes(read.layer))
  const isRead = ({ reads }: TracedLayer) =>
    reads.some((read) => below.some((each) => each.layer === read.layer))
  if (below.length === 0 || (layer.reads.length === 1 && members.filter(isRead).length === 1)) return
  throw new UserError('RuleError', `'${layer.name}' does not read one layer that it alone reads`, {
    origin: currentOrigin(),
    help: 'feedback carries a signal down a chain of layers: take an encoder without from, or return a loss',
  })
}

/** Cuts stacked rows into views by name, each once; a view that nobody reads costs nothing. */
export function splitViews(rows: Tensor, views: readonly string[]): Activity<string> {
  const cut = new Map<string, Tensor>()
  const each = rows.size(0) / views.length
  const activity: Record<string, Tensor> = {}
  views.forEach((view, i) => {
    const slice = () => (views.length === 1 ? rows : rows.slice(0, i * each, (i + 1) * each))
    Object.defineProperty(activity, view, {
      enumerable: true,
      get: () => {
        const known = cut.get(view) ?? slice()
        cut.set(view, known)
        return known
      },
    })
  })
  return named(Object.assign(activity, { rows }), views)
}

/** Programs are not type-checked when they run: a view that a rule asks for and the program lacks is told. */
const named = (activity: Activity<string>, views: readonly string[]): Activity<string> =>
  new Proxy(activity, {
    get: (target, name, receiver) => {
      if (typeof name === 'symbol' || name in target) return Reflect.get(target, name, receiver) as Tensor
      throw new UserError('RuleError', `there is no view '${name}'`, {
        origin: currentOrigin(),
        help: `the views of the program are ${views.join(', ')}; name others in program({ views: [ … ] })`,
      })
    },
  })

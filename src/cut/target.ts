import { UserError } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'
import { argument } from '../lang/check.ts'
import { fraction } from '../lang/kinds.ts'
import { found } from '../base/lists.ts'
import { add, scale } from '../ops/elementwise.ts'
import { isStop, stopGradient } from '../ops/stop.ts'
import { applyBlock } from './apply-block.ts'
import type { Node } from '../ir/node.ts'
import type { Registry } from './registry.ts'
import type { TracedLayer } from './trace-layer.ts'

/**
 * A block's output with an exponential moving average of its parameters, [rows, …]. The average is state of the
 * graphs: it starts as a copy of the parameters and follows those that a step leaves behind.
 *
 * @throws UserError ('RuleError') where decay is no fraction.
 */
export function targetOf(members: readonly TracedLayer[], registry: Registry, decay: number): Node {
  const averaged = (name: string): Node => {
    const learned = registry.parameters.find((parameter) => parameter.name === name)
    if (!learned) throw new Error(`no parameter ${name}`)
    return averageOf(learned.node, registry, decay)
  }
  return stopGradient(applyBlock(members, { parameter: averaged }))
}

/**
 * The exponential moving average of a parameter: state that starts as a copy of it.
 *
 * @throws UserError ('RuleError') where decay is no fraction, or the tensor is not a parameter.
 */
export function averageOf(parameter: Node, registry: Registry, decay: number): Node {
  argument('the average of parameters', 'decay', fraction, decay, { kind: 'RuleError' })
  const source = isStop(parameter) ? parameter.inputs[0] : parameter
  const learned = registry.parameters.find(({ node }) => node === source)
  if (!learned)
    throw new UserError('RuleError', 'only parameters have averages', {
      origin: currentOrigin(),
      help: "average(parameter('head', [10, 4]), 0.99)",
    })
  const { name, node } = learned
  // An average of what stays the same would differ from it by rounding.
  if (learned.fixed) return stopGradient(node)
  const { state, isNew } = registry.average(learned, decay)
  if (isNew)
    registry.memories.add(state, (updated) => {
      // Nothing may teach it.
      const newest = updated.has(name) ? found(updated, name, name) : node
      return add(scale(state.node, decay), scale(newest, 1 - decay))
    })
  return stopGradient(state.node)
}

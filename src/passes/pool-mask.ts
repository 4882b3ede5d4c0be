import { remake } from '../ops/define.ts'
import { mul, mulOp } from '../ops/elementwise.ts'
import { heaviside, heavisideOp } from '../ops/unary.ts'
import { is } from '../ops/is.ts'
import { maxPoolGradientOp } from '../ops/pool.ts'
import { within } from '../ir/context.ts'
import { rebuild } from './rebuild.ts'
import type { GraphSource } from '../ir/graph.ts'
import type { Node } from '../ir/node.ts'

/**
 * ReLU before max-pool, backwards: the mask `x > 0` is applied to the pooled gradient, a quarter of the size,
 * rather than to the whole map. The same numbers: a gradient only reaches pixels that equal their maximum y,
 * and there x > 0 says what y > 0 says.
 *
 *     maxPoolGradient(x, y, g) · heaviside(x)  =  maxPoolGradient(x, y, g · heaviside(y))
 */
export const maskPooledGradients = (source: GraphSource): GraphSource =>
  rebuild(source, (node, inputs) => masked(node, inputs) ?? remake(node, inputs))

function masked(node: Node, [gradient, mask]: readonly Node[]): Node | undefined {
  if (!is(node, mulOp) || !is(gradient, maxPoolGradientOp) || !is(mask, heavisideOp)) return undefined
  const [x, y, g] = gradient.inputs
  if (!x || !y || !g || mask.inputs[0] !== x) return undefined
  return within({ scope: node.scope, origin: node.origin }, () =>
    remake(gradient, [x, y, mul(g, heaviside(y))]),
  )
}

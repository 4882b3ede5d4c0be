import { remake } from '../../ops/define.ts'
import { mul, mulOp } from '../../ops/elementwise.ts'
import { is } from '../../ops/is.ts'
import { maxPoolGradientOp } from '../../ops/pool.ts'
import { heaviside, heavisideOp } from '../../ops/unary.ts'
import { like } from '../../ir/context.ts'
import { ternary, unary } from '../../ops/arity.ts'
import { rebuild } from './rebuild.ts'
import { ofTwo, rewriter, type Rewrite } from './rule.ts'
import type { GraphSource } from '../../ir/graph.ts'

/**
 * ReLU before max-pool, backwards: the mask `x > 0` is applied to the pooled gradient, a quarter of the size,
 * rather than to the whole map. The same numbers: a gradient only reaches pixels that equal their maximum y,
 * and there x > 0 says what y > 0 says.
 */
export const pooledMask: Rewrite = ofTwo(
  'maxPoolGradient(x, y, g) · heaviside(x) = maxPoolGradient(x, y, g · heaviside(y))',
  mulOp,
  (gradient, mask) => {
    if (!is(gradient, maxPoolGradientOp) || !is(mask, heavisideOp)) return undefined
    const [x, y, g] = ternary(gradient)
    return unary(mask) === x ? remake(gradient, [x, y, mul(g, heaviside(y))]) : undefined
  },
)

const masked = rewriter([pooledMask])

export const maskPooledGradients = (source: GraphSource): GraphSource =>
  rebuild(source, (node, inputs) => {
    const made = remake(node, inputs)
    return (masked.knows(made.op) ? like(node, () => masked.next(made)) : undefined) ?? made
  })

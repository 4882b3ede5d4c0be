import { within } from '../../ir/context.ts'
import { scopeName } from '../../ir/value-names.ts'
import { remake } from '../../ops/define.ts'
import { rebuild } from '../rewrite/rebuild.ts'
import { forward, inputGradient, weightGradient } from './conv.ts'
import { averagePool, maxPoolGradient, maxPoolPick } from './pool.ts'
import { heaviside, isZero, notNegative, softplus } from './curves.ts'
import { product, scatterAdd } from './product.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Op } from '../../ir/node.ts'

const all = [
  forward,
  inputGradient,
  weightGradient,
  maxPoolGradient,
  maxPoolPick,
  averagePool,
  product,
  scatterAdd,
  heaviside,
  notNegative,
  isZero,
  softplus,
]
const byOp = new Map(all.map((ways) => [ways.op, ways]))

/** How one op of a graph was written, and why. */
export interface Written {
  /** Where it stands: the layer, rule or optimizer. */
  readonly scope: string
  readonly op: string
  readonly as: string
  readonly because: string
}

export interface Legal {
  readonly source: GraphSource
  readonly written: readonly Written[]
}

/**
 * Leaves only ops that ONNX and its kernels have for their type, each of which is emitted as one node or nearly so:
 * whatever can be written in several ways is decided here.
 *
 * @param left ops that ONNX has and that stay as they are
 */
export function legalise(source: GraphSource, left: ReadonlySet<Op> = new Set()): Legal {
  const written: Written[] = []
  const legal = rebuild(source, (node, inputs) => {
    const own = remake(node, inputs)
    const way = left.has(node.op) ? undefined : byOp.get(node.op)?.of(own)
    if (!way) return own
    const { origin, op } = node
    const scope = scopeName(node)
    written.push({ scope, op: op.name, as: way.as, because: way.because })
    const { make } = way
    return make ? within({ scope: scope === '' ? op.name : `${scope}/${op.name}`, origin }, make) : own
  })
  return { source: legal, written }
}

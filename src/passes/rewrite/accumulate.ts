import { counted } from '../../base/lists.ts'
import { elements, sameShape } from '../../base/type.ts'
import { like } from '../../ir/context.ts'
import { topological } from '../../ir/walk.ts'
import { remake } from '../../ops/define.ts'
import { addOp, mul, mulOp, subOp } from '../../ops/elementwise.ts'
import { gemm } from '../../ops/gemm.ts'
import { neg } from '../../ops/unary.ts'
import { binary } from '../../ops/arity.ts'
import { is, operandsOf } from '../../ops/is.ts'
import { matMulOp, type MatMulAttributes } from '../../ops/matmul.ts'
import { uniformValue } from '../simplify/constants.ts'
import { rebuild } from './rebuild.ts'
import { ofEither, ofTwo, rewriter, type Rewrite } from './rule.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

/** Whether the graph reads a value in one place only. */
type Once = (node: Node) => boolean

const plus = (once: Once): Rewrite =>
  ofEither('c · beta + a b = Gemm(a, b, c; beta)', addOp, (sum, product) =>
    once(product) ? added(product, sum) : undefined,
  )

const minusScaled = (once: Once): Rewrite =>
  ofTwo('c - a b · rate = Gemm(a · -rate, b, c)', subOp, (sum, scaled) => {
    if (!is(scaled, mulOp) || !once(scaled)) return undefined
    const [product, rate] = binary(scaled)
    return once(product) && elements(rate.shape) === 1 ? added(product, sum, rate) : undefined
  })

export const accumulations = (once: Once): readonly Rewrite[] => [plus(once), minusScaled(once)]

/**
 * Gradients that are products and go straight into a momentum or a parameter are added to it as they are computed. Only
 * where the product is not read elsewhere, and in float32: rounding may depend on what else reads it.
 *
 * @param logs names of outputs that are only shown: a product that they read, too, is computed for them again
 */
export function accumulate(source: GraphSource, logs: ReadonlySet<string> = new Set()): GraphSource {
  const bound = new Set(source.inputs.map(({ node }) => node))
  const roots = source.outputs.flatMap(({ name, node }) => (logs.has(name) ? [] : [node]))
  const readers = new Map<Node, number>()
  const read = (node: Node) => readers.set(node, counted(readers, node) + 1)
  for (const node of topological(roots, (each) => bound.has(each)))
    if (!bound.has(node)) node.inputs.forEach(read)
  roots.forEach(read)
  const once = new Set<Node>()
  const accumulated = rewriter(accumulations((node) => once.has(node)))
  return rebuild(source, (node, inputs) => {
    const own = remake(node, inputs)
    const fits = accumulated.knows(own.op) && own.dtype === 'float32' && own.shape.length === 2
    const made = (fits ? like(own, () => accumulated.next(own)) : undefined) ?? own
    if (readers.get(node) === 1) once.add(made)
    return made
  })
}

const isProduct = (node: Node): node is Node<MatMulAttributes> =>
  is(node, matMulOp) && node.inputs.every(({ shape }) => shape.length === 2)

function added(product: Node, sum: Node, rate?: Node): Node | undefined {
  const [a, b] = product.inputs
  if (!a || !b || !isProduct(product)) return undefined
  const { transposeA, transposeB } = product.attributes
  if (sum.shape.length !== 2 || !sameShape(sum.shape, product.shape)) return undefined
  const [kept, factor] = operandsOf(sum, mulOp)
  const beta = factor && elements(factor.shape) === 1 ? uniformValue(factor) : undefined
  const scaled = beta !== undefined && kept && sameShape(kept.shape, sum.shape)
  const c = scaled ? kept : sum
  const attributes = { transposeA, transposeB, beta: scaled ? beta : 1 }
  if (!rate) return gemm([a, b, c], attributes)
  // The thinner side is scaled.
  const operands: readonly [Node, Node, Node] =
    elements(a.shape) <= elements(b.shape) ? [mul(a, neg(rate)), b, c] : [a, mul(b, neg(rate)), c]
  return gemm(operands, attributes)
}

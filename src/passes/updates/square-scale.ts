import { present } from '../../base/lists.ts'
import { within } from '../../ir/context.ts'
import { elements } from '../../base/type.ts'
import { topological } from '../../ir/walk.ts'
import { remake } from '../../ops/define.ts'
import { mul, mulOp } from '../../ops/elementwise.ts'
import { scalar } from '../../ops/leaf.ts'
import { matmul, type MatMulAttributes, matMulOp } from '../../ops/matmul.ts'
import { is, operandsOf } from '../../ops/is.ts'
import { rebuild } from '../rewrite/rebuild.ts'
import { uniformValue } from '../simplify/constants.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

/**
 * Takes the factor of a product's square into the product, whose operands are smaller, and out of its other multiples:
 *
 *     (a b)² · s, (a b) · t  =  (√s a b)², (√s a b) · (t / √s)
 *
 * One pass less over the gradient of every parameter for Adam. Only in float32, as the rounding is another.
 */
export function scaleSquares(source: GraphSource): GraphSource {
  const bound = new Set(source.inputs.map(({ node }) => node))
  const roots = source.outputs.map(({ node }) => node)
  const nodes = topological(roots, (node) => bound.has(node)).filter((node) => !bound.has(node))
  const readers = (of: Node) => nodes.filter(({ inputs }) => inputs.includes(of))
  /** √s of products, what is left out, and other multiples by what they become. */
  const squareRoots = new Map<Node, number>()
  const dropped = new Set<Node>()
  const divided = new Map<Node, number>()
  for (const node of nodes.filter((each) => isProduct(each) && !roots.includes(each))) {
    const squares = readers(node).filter(isSquare)
    const multiples = readers(node).filter((reader) => !isSquare(reader))
    const [scaled, ...more] = squares.flatMap(readers)
    if (squares.length !== 1 || squares.some((square) => roots.includes(square))) continue
    const factor = scaled && multipleOf(scaled)
    if (!scaled || more.length > 0 || factor === undefined || factor <= 0) continue
    const others = multiples.map((reader) => [reader, multipleOf(reader)] as const)
    if (others.some(([, multiple]) => multiple === undefined)) continue
    squareRoots.set(node, Math.sqrt(factor))
    dropped.add(scaled)
    for (const [reader, multiple] of others)
      divided.set(reader, present(multiple, 'a multiple') / Math.sqrt(factor))
  }
  return rebuild(source, (node, inputs) => {
    const [a, b] = inputs
    const [root, multiple] = [squareRoots.get(node), divided.get(node)]
    if (!a || !b) return remake(node, inputs)
    if (dropped.has(node)) return a
    return within(node, () => {
      if (root !== undefined && isProduct(node)) return product(node, a, b, root)
      return multiple === undefined ? remake(node, inputs) : mul(a, scalar(node.dtype, multiple))
    })
  })
}

const isProduct = (node: Node): node is Node<MatMulAttributes> =>
  is(node, matMulOp) && node.dtype === 'float32' && node.shape.length === 2

const isSquare = (node: Node): boolean => {
  const [a, b] = operandsOf(node, mulOp)
  return a !== undefined && a === b
}

/** c of x · c. */
const multipleOf = (node: Node): number | undefined => {
  const [, c] = operandsOf(node, mulOp)
  return c && elements(c.shape) === 1 ? uniformValue(c) : undefined
}

/** The smaller operand is scaled. */
function product({ attributes }: Node<MatMulAttributes>, a: Node, b: Node, factor: number): Node {
  const { transposeA, transposeB } = attributes
  const scaled = (x: Node) => mul(x, scalar(x.dtype, factor))
  const [left, right] = elements(a.shape) <= elements(b.shape) ? [scaled(a), b] : [a, scaled(b)]
  return matmul(left, right, transposeA, transposeB)
}

import { binary, unary } from '../../ops/arity.ts'
import { castOp } from '../../ops/cast.ts'
import { inputGradientOp, isConvolution, weightGradientOp } from '../../ops/conv.ts'
import { addOp, divOp, mulOp } from '../../ops/elementwise.ts'
import { is } from '../../ops/is.ts'
import { isInput } from '../../ops/leaf.ts'
import { matMulOp } from '../../ops/matmul.ts'
import { sumOp } from '../../ops/reduce.ts'
import { reshapeOp, transposeOp } from '../../ops/shape.ts'
import { topological } from '../../ir/walk.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

/** Where mixed precision computes in float16. */
export interface Places {
  /** Convolutions, products with weights, and the gradients of these. */
  readonly products: ReadonlySet<Node>
  /** Gradients that arrive at a convolution. */
  readonly arriving: ReadonlySet<Node>
}

/** @param scales names of the scales that gradients are divided by */
export function placesOf({ inputs, outputs }: GraphSource, scales: ReadonlySet<string>): Places {
  const bound = new Set(inputs.map(({ node }) => node))
  const roots = outputs.map(({ node }) => node)
  const [products, arriving, updating] = [new Set<Node>(), new Set<Node>(), new Set<Node>()]
  const isInverse = (node: Node): boolean => is(node, divOp) && isScale(binary(node)[1], scales)
  for (const node of topological(roots, (each) => bound.has(each))) {
    if (isInverse(node) || node.inputs.some((each) => updating.has(each))) updating.add(node)
    if (is(node, mulOp) && node.inputs.some(isInverse))
      for (const gradient of node.inputs) addProducts(gradient, products)
    if (updating.has(node) || node.dtype !== 'float32') continue
    if (is(node, weightGradientOp) || (isProduct(node) && node.inputs.some(isWeight))) products.add(node)
    // A rule may give such a product of its own, of activity.
    if (!products.has(node) || !node.derivativeOf) continue
    if (is(node, inputGradientOp)) arriving.add(binary(node)[0])
    if (is(node, weightGradientOp)) arriving.add(binary(node)[1])
  }
  return { products, arriving }
}

const isScale = (node: Node, scales: ReadonlySet<string>): boolean =>
  isInput(node) && scales.has(node.attributes.name)

const isProduct = (node: Node): boolean => is(node, matMulOp) || isConvolution(node)

const isMove = (node: Node): boolean => is(node, reshapeOp) || is(node, transposeOp) || is(node, castOp)

/** Whether it is kept from step to step, such as a weight or an average of one. */
function isWeight(node: Node): boolean {
  if (isInput(node)) return node.attributes.role === 'parameter' || node.attributes.role === 'state'
  return isMove(node) && isWeight(unary(node))
}

/** The products that the gradient of a parameter is, or is a sum of. */
function addProducts(gradient: Node, products: Set<Node>): void {
  if (is(gradient, matMulOp)) products.add(gradient)
  if (isMove(gradient) || is(gradient, addOp) || is(gradient, sumOp))
    for (const part of gradient.inputs) addProducts(part, products)
}

import type { Node } from '../ir/node.ts'

/** Operands of nodes whose op takes so many. One that is missing is a bug of the compiler. */

const missing = ({ op, inputs }: Node, wanted: number): Error =>
  new Error(`${op.name} has ${inputs.length} operands, not ${wanted}`)

export function unary(node: Node): Node {
  const [x] = node.inputs
  if (!x) throw missing(node, 1)
  return x
}

export function binary(node: Node): readonly [Node, Node] {
  const [a, b] = node.inputs
  if (!a || !b) throw missing(node, 2)
  return [a, b]
}

export function ternary(node: Node): readonly [Node, Node, Node] {
  const [a, b, c] = node.inputs
  if (!a || !b || !c) throw missing(node, 3)
  return [a, b, c]
}

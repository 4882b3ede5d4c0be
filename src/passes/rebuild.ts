import { topological } from '../ir/walk.ts'
import { isInput } from '../ops/leaf.ts'
import type { GraphSource } from '../ir/graph.ts'
import type { Node } from '../ir/node.ts'

/**
 * Goes through a graph's nodes, operands first, and puts in place of each what `visit` makes of it and its new
 * operands. What the graph is given stays as it is.
 */
export function rebuild(
  source: GraphSource,
  visit: (node: Node, inputs: readonly Node[]) => Node,
): GraphSource {
  const bound = new Set(source.inputs.map(({ node }) => node))
  const roots = source.outputs.map(({ node }) => node)
  const replaced = new Map<Node, Node>()
  for (const node of topological(roots, (each) => bound.has(each))) {
    const inputs = node.inputs.map((input) => replaced.get(input) ?? input)
    replaced.set(node, bound.has(node) || isInput(node) ? node : visit(node, inputs))
  }
  return {
    ...source,
    outputs: source.outputs.map(({ name, node }) => ({ name, node: replaced.get(node) ?? node })),
  }
}

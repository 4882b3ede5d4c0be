import { topological } from '../../ir/walk.ts'
import { withRegions } from '../../ops/define.ts'
import { isInput } from '../../ops/leaf.ts'
import { found } from '../../base/lists.ts'
import type { Node, Region } from '../../ir/node.ts'

type Visit = (node: Node, inputs: readonly Node[]) => Node

/**
 * Goes through a graph's nodes, operands first, and puts in place of each what `visit` makes of it and its new
 * operands; through the regions of a node before the node itself. What a graph is given stays as it is.
 */
export function rebuild<Graph extends Region>(source: Graph, visit: Visit): Graph {
  const bound = new Set(source.inputs.map(({ node }) => node))
  const roots = source.outputs.map(({ node }) => node)
  const replaced = new Map<Node, Node>()
  for (const node of topological(roots, (each) => bound.has(each))) {
    if (bound.has(node) || isInput(node)) {
      replaced.set(node, node)
      continue
    }
    const inputs = node.inputs.map((input) => found(replaced, input, input.op.name))
    replaced.set(node, visit(node.regions.length === 0 ? node : inside(node, visit), inputs))
  }
  return {
    ...source,
    outputs: source.outputs.map(({ name, node }) => ({ name, node: found(replaced, node, name) })),
  }
}

const inside = (node: Node, visit: Visit): Node =>
  withRegions(
    node,
    node.regions.map((region) => rebuild(region, visit)),
  )

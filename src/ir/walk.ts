import type { Node, Region } from './node.ts'

/**
 * Nodes reachable from the roots, operands before users, in an order that depends on the graph alone.
 * `stop` marks nodes that are listed but not entered. `sources` may add edges to those of the operands, cycles
 * too. Iterative, so that deep graphs do not overflow the stack.
 */
export function topological(
  roots: readonly Node[],
  stop: (node: Node) => boolean = () => false,
  sources: (node: Node) => readonly Node[] = ({ inputs }) => inputs,
): Node[] {
  const order: Node[] = []
  const seen = new Set<Node>()
  const stack: { node: Node; next: number }[] = []
  const visit = (node: Node) => {
    if (seen.has(node)) return
    seen.add(node)
    stack.push({ node, next: 0 })
  }
  for (const root of roots) {
    visit(root)
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const input = stop(top.node) ? undefined : sources(top.node)[top.next++]
      if (input) visit(input)
      else {
        order.push(top.node)
        stack.pop()
      }
    }
  }
  return order
}

/** Nodes that a graph computes, those within loops too. */
export function countNodes({ inputs, outputs }: Region): number {
  const given = new Set(inputs.map(({ node }) => node))
  const nodes = topological(
    outputs.map(({ node }) => node),
    (node) => given.has(node),
  ).filter((node) => !given.has(node))
  const inner = nodes.flatMap(({ regions }) => regions).reduce((sum, region) => sum + countNodes(region), 0)
  return nodes.length + inner
}

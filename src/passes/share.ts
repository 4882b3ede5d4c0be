import { topological } from '../ir/walk.ts'
import { isInput } from '../ops/leaf.ts'
import { isStop } from '../ops/stop.ts'
import { make } from '../ops/define.ts'
import { within } from '../ir/context.ts'
import type { Node } from '../ir/node.ts'
import type { GraphSource } from '../ir/graph.ts'

/**
 * Computes equal expressions once. What a step shares (bias corrections of Adam, the activity that several
 * losses pool) is written down per parameter or layer; here it becomes one node. Bound inputs stay as they are.
 */
export function share(source: GraphSource): GraphSource {
  const bound = new Set(source.inputs.map(({ node }) => node))
  const order = topological(
    source.outputs.map(({ node }) => node),
    (node) => bound.has(node),
  )
  const number = new Map<Node, number>()
  const kept = new Map<string, Node>()
  const replaced = new Map<Node, Node>()
  for (const node of order) {
    if (bound.has(node) || isInput(node)) {
      number.set(node, number.size)
      replaced.set(node, node)
      continue
    }
    const inputs = node.inputs.map((input) => replaced.get(input) ?? input)
    const key = describe(
      node,
      inputs.map((input) => number.get(input) ?? -1),
    )
    const same = kept.get(key)
    const result = same ?? rebuild(node, inputs)
    if (!same) {
      kept.set(key, result)
      number.set(result, number.size)
    }
    replaced.set(node, result)
  }
  return {
    ...source,
    outputs: source.outputs.map(({ name, node }) => ({ name, node: replaced.get(node) ?? node })),
  }
}

function describe({ op, attributes, dtype, shape }: Node, inputs: readonly number[]): string {
  const values = Object.entries(attributes).map(([key, value]) =>
    value instanceof Float64Array
      ? `${key}:${Array.from(value, (x) => (Object.is(x, -0) ? '-0' : String(x))).join()}`
      : `${key}:${JSON.stringify(value)}`,
  )
  return `${op.name}|${dtype}|${shape.join()}|${inputs.join()}|${values.join('|')}`
}

/** Stops were for gradients, which are taken by now: their value passes straight through. */
function rebuild(node: Node, inputs: readonly Node[]): Node {
  const [first] = inputs
  if (isStop(node) && first) return first
  if (inputs.every((input, i) => input === node.inputs[i])) return node
  return within({ scope: node.scope, origin: node.origin }, () => make(node.op, inputs, node.attributes))
}

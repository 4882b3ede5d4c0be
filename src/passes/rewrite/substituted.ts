import { at, found } from '../../base/lists.ts'
import { remake } from '../../ops/define.ts'
import { rebuild } from './rebuild.ts'
import type { Binding, Node } from '../../ir/node.ts'

/** The same values, made of others in place of some. */
export function substituted<Output extends Binding>(
  outputs: readonly Output[],
  replaced: ReadonlyMap<Node, Node>,
): Output[] {
  const other = (node: Node): Node => (replaced.has(node) ? found(replaced, node, node.op.name) : node)
  const inputs = [...replaced.keys()].map((node) => ({ name: node.op.name, node }))
  const { outputs: made } = rebuild({ inputs, outputs }, (node, operands) =>
    remake(node, operands.map(other)),
  )
  return outputs.map((output, i) => ({ ...output, node: other(at(made, i).node) }))
}

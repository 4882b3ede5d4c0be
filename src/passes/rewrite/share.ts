import { exactNode } from '../../ir/exact.ts'
import { remake } from '../../ops/define.ts'
import { isStop } from '../../ops/stop.ts'
import { rebuild } from './rebuild.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

/**
 * Computes equal expressions once. What a step shares (bias corrections of Adam, the activity that several
 * losses pool) is written down per parameter or layer; here it becomes one node. Stops of gradients have done
 * their work by now: their value passes straight through.
 */
export function share(source: GraphSource): GraphSource {
  const numbers = new Map<Node, number>()
  const kept = new Map<string, Node>()
  const number = (node: Node): number => {
    const known = numbers.get(node) ?? numbers.size
    numbers.set(node, known)
    return known
  }
  return rebuild(source, (node, inputs) => {
    const [first] = inputs
    if (isStop(node) && first) return first
    const key = exactNode(node, inputs.map(number))
    const result = kept.get(key) ?? remake(node, inputs)
    kept.set(key, result)
    return result
  })
}

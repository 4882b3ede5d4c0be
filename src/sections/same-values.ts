import { at, found as known } from '../base/lists.ts'
import { exactNode } from '../ir/exact.ts'
import { topological } from '../ir/walk.ts'
import { isCut } from '../ops/stop.ts'
import type { Node } from '../ir/node.ts'

/** The first place, from the result down, at which two graphs read something else. */
export interface Difference {
  readonly here: Node
  readonly there: Node
  /** What of a rule reads it, or leads to it; undefined where the results themselves differ. */
  readonly reader: Node | undefined
}

/**
 * Compares what two nodes compute, step by step: undefined where it is the same. Boundaries between graphs change no
 * value; stops of gradients are compared as what they are.
 *
 * @param landmarks nodes that are told of as they are: nothing is looked for inside
 */
export function firstDifference(
  landmarks: readonly Node[],
): (here: Node, there: Node) => Difference | undefined {
  const numbers = new Map<Node, number>()
  const byText = new Map<string, number>()
  const number = (root: Node): number => {
    for (const node of topological([root], (each) => numbers.has(each))) {
      if (numbers.has(node)) continue
      const operands = node.inputs.map((input) => known(numbers, input, input.op.name))
      const text = exactNode(node, operands)
      const same = isCut(node) ? at(operands, 0) : (byText.get(text) ?? byText.size)
      if (!isCut(node)) byText.set(text, same)
      numbers.set(node, same)
    }
    return known(numbers, root, root.op.name)
  }
  const isLandmark = new Set(landmarks)
  const through = (node: Node): Node => {
    const [operand] = node.inputs
    return isCut(node) && operand ? through(operand) : node
  }
  return (here, there) => {
    let difference: Difference = { here, there, reader: undefined }
    for (;;) {
      const [a, b] = [through(difference.here), through(difference.there)]
      if (number(a) === number(b)) return undefined
      if (isLandmark.has(a) || isLandmark.has(b) || a.op !== b.op || a.inputs.length !== b.inputs.length)
        return { ...difference, here: a, there: b }
      const place = a.inputs.findIndex((input, i) => number(input) !== number(at(b.inputs, i)))
      const [left, right] = [a.inputs[place], b.inputs[place]]
      if (!left || !right) return { ...difference, here: a, there: b }
      difference = { here: left, there: right, reader: a.layer === undefined ? a : difference.reader }
    }
  }
}

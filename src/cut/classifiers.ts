import { topological } from '../ir/walk.ts'
import { isInput } from '../ops/leaf.ts'
import { scoresOf } from '../lang/supervised.ts'
import type { InputRole } from '../bundle/roles.ts'
import type { Node } from '../ir/node.ts'

/** Where a loss compares scores of the classes with the labels of the images: what classifies. */

/** Scores of the classes that a loss compares with labels of the images, each once, in the order of the loss. */
export function scoresIn(loss: Node): readonly Node[] {
  const found = topological([loss]).flatMap((node) => {
    const compared = scoresOf(node)
    return compared && isGiven(compared.labels, 'labels') ? [compared.logits] : []
  })
  return [...new Set(found)]
}

/** Scores that are told the label, or that chance has a part in, are no answer. */
export const isAnswer = (scores: Node): boolean => !isGiven(scores, 'labels') && !isGiven(scores, 'draw')

const isGiven = (node: Node, role: InputRole): boolean =>
  topological([node]).some((each) => isInput(each) && each.attributes.role === role)

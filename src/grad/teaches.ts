import { topological } from '../ir/walk.ts'
import { isInput } from '../ops/leaf.ts'
import { isStop } from '../ops/stop.ts'
import type { Node } from '../ir/node.ts'

/** The parameters that a loss changes: those reached without crossing a stop of gradients. */
export const teaches = (loss: Node): Node[] =>
  topological([loss], isStop).filter((node) => isInput(node) && node.attributes.role === 'parameter')

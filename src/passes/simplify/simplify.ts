import { like } from '../../ir/context.ts'
import { remake } from '../../ops/define.ts'
import { isConstant } from '../../ops/leaf.ts'
import { rebuild } from '../rewrite/rebuild.ts'
import { rewriter } from '../rewrite/rule.ts'
import { algebra } from './algebra.ts'
import { folded } from './constants.ts'
import { movement } from './movement.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

/**
 * Shorter expressions of the same values: constants are computed, what changes nothing is left out, and moves
 * that follow each other become one. What is not read any more is never emitted.
 */
export const simplify = (source: GraphSource): GraphSource =>
  rebuild(source, (node, inputs) => simplified(remake(node, inputs)))

const rewritten = rewriter([...algebra, ...movement])

/** The operands of a node are simple; what a rewrite makes of it may allow another. */
function simplified(node: Node): Node {
  if (!rewritten.knows(node.op) && !node.inputs.some(isConstant)) return node
  const next = like(node, () => folded(node) ?? rewritten.next(node))
  return next && next !== node ? simplified(next) : node
}

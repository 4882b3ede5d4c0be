import { isConstant, isRepeated } from '../../ops/leaf.ts'
import type { Node } from '../../ir/node.ts'

/** The numbers of a constant, undefined for other nodes. */
export const constantValues = (node: Node | undefined): Float64Array | undefined =>
  node && isConstant(node) && !isRepeated(node) ? node.attributes.values : undefined

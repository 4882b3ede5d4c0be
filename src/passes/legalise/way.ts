import { is } from '../../ops/is.ts'
import type { Attributes, Node, Op } from '../../ir/node.ts'

/** How a node is written in ops that ONNX has, one each. */
export interface Way {
  /** In a word or two, for whoever asks how: `Conv`, `columns`. */
  readonly as: string
  readonly because: string
  /** What stands in its place; undefined where the op's own emission will do. */
  readonly make?: () => Node
}

/** An op that can be written in several ways, or that ONNX has not. */
export interface Ways {
  readonly op: Op
  readonly of: (node: Node) => Way | undefined
}

/**
 * @param choose is given a node on its final operands; undefined where nothing is worth telling, since the op's own
 *   emission will do
 */
export const waysOf = <A extends Attributes>(
  op: Op<A>,
  choose: (node: Node<A>) => Way | undefined,
): Ways => ({ op, of: (node) => (is(node, op) ? choose(node) : undefined) })

import type { Attributes, Node, Op } from '../../ir/node.ts'

/** How a node is written in ops that ONNX has, one each. */
export interface Way {
  /** In a word or two, for whoever asks how: `Conv`, `columns`. */
  readonly as: string
  readonly because: string
  /** What stands in its place; undefined where the op's own emission will do. */
  readonly make?: () => Node
}

/** The choice for an op, where there is one. */
export interface Choice {
  readonly op: Op
  readonly way: (node: Node) => Way | undefined
}

/**
 * @param choose is given a node on its final operands; undefined where nothing is worth telling, since the op's own
 *   emission will do
 */
export const choiceOf = <A extends Attributes>(
  op: Op<A>,
  choose: (node: Node<A>) => Way | undefined,
): Choice => {
  const isOurs = (node: Node): node is Node<A> => node.op === op
  return {
    op,
    way: (node) => {
      if (!isOurs(node)) throw new Error(`${node.op.name} is not ${op.name}`)
      return choose(node)
    },
  }
}

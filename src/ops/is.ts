import type { Attributes, Node, Op } from '../ir/node.ts'

/** Whether a node is an application of this op, which says what its attributes are. */
export const is = <A extends Attributes>(node: Node | undefined, op: Op<A>): node is Node<A> =>
  node?.op === op

/** The first operands of a node where it is an application of this op; nothing otherwise. */
export const operandsOf = <A extends Attributes>(node: Node | undefined, op: Op<A>): readonly Node[] =>
  is(node, op) ? node.inputs : []

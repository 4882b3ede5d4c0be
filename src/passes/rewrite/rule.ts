import { is } from '../../ops/is.ts'
import type { Attributes, Node, Op } from '../../ir/node.ts'

/** A local rewrite: a node of one op, and what it is the same as where a condition holds. */
export interface Rewrite {
  /** The equation, `x · 1 = x`. */
  readonly name: string
  readonly op: Op
  /** Undefined where it does not apply. */
  readonly apply: (node: Node) => Node | undefined
}

/** What makes the other side of the equation; undefined where the condition does not hold. */
type Body<A extends Attributes> = (node: Node<A>, ...operands: readonly Node[]) => Node | undefined

export const rewrite = <A extends Attributes>(name: string, op: Op<A>, body: Body<A>): Rewrite => ({
  name,
  op,
  apply: (node) => (is(node, op) ? body(node, ...node.inputs) : undefined),
})

/** Of an op whose operands may change places: tried as they are, then the other way round. */
export const commuted = <A extends Attributes>(
  name: string,
  op: Op<A>,
  body: (x: Node, y: Node, node: Node<A>) => Node | undefined,
): Rewrite => rewrite(name, op, (node, x, y) => (x && y ? (body(x, y, node) ?? body(y, x, node)) : undefined))

/** The first of the rewrites that applies. */
export function rewriter(rewrites: readonly Rewrite[]): (node: Node) => Node | undefined {
  const byOp = new Map<Op, Rewrite[]>()
  for (const each of rewrites) byOp.set(each.op, [...(byOp.get(each.op) ?? []), each])
  return (node) => {
    for (const { apply } of byOp.get(node.op) ?? []) {
      const next = apply(node)
      if (next) return next
    }
    return undefined
  }
}

import { binary, unary } from '../../ops/arity.ts'
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

/** Of a node with any number of operands. */
export const rewrite = <A extends Attributes>(
  name: string,
  op: Op<A>,
  body: (node: Node<A>) => Node | undefined,
): Rewrite => ({ name, op, apply: (node) => (is(node, op) ? body(node) : undefined) })

/** Of a node with one operand, or of which the first one matters. */
export const ofOne = <A extends Attributes>(
  name: string,
  op: Op<A>,
  body: (x: Node, node: Node<A>) => Node | undefined,
): Rewrite => rewrite(name, op, (node) => body(unary(node), node))

export const ofTwo = <A extends Attributes>(
  name: string,
  op: Op<A>,
  body: (a: Node, b: Node, node: Node<A>) => Node | undefined,
): Rewrite => rewrite(name, op, (node) => body(...binary(node), node))

/** Of an op whose operands may change places: tried as they are, then the other way round. */
export const ofEither = <A extends Attributes>(
  name: string,
  op: Op<A>,
  body: (x: Node, y: Node, node: Node<A>) => Node | undefined,
): Rewrite => ofTwo(name, op, (a, b, node) => body(a, b, node) ?? body(b, a, node))

export interface Rewriter {
  readonly knows: (op: Op) => boolean
  /** What the first of the rewrites makes of a node that applies to it. */
  readonly next: (node: Node) => Node | undefined
}

export function rewriter(rewrites: readonly Rewrite[]): Rewriter {
  const byOp = new Map<Op, Rewrite[]>()
  for (const each of rewrites) byOp.set(each.op, [...(byOp.get(each.op) ?? []), each])
  return {
    knows: (op) => byOp.has(op),
    next: (node) => {
      for (const { apply } of byOp.get(node.op) ?? []) {
        const next = apply(node)
        if (next) return next
      }
      return undefined
    },
  }
}

import { is } from '../../ops/is.ts'
import type { Attributes, Node, Op } from '../../ir/node.ts'
import type { Digit } from '../../ops/shards.ts'
import type { Deal } from './part.ts'

/** How a shard makes its part of a result: of its parts of some operands, and of others as they are. */
export interface Recipe {
  /** Of each operand the digit by which it is dealt, or that it is read whole. */
  readonly operands: readonly (Digit | undefined)[]
  /** Where they are not those of the whole. */
  readonly attributes?: Attributes
  /** What is read in place of an operand, by its position. */
  readonly instead?: ReadonlyMap<number, Node>
}

/** Undefined where a part of the result is not made of such parts. */
export type Rule<A extends Attributes = Attributes> = (
  node: Node<A>,
  digit: Digit,
  deal: Deal,
) => Recipe | undefined

/** The rule of an op, which knows its attributes. */
export const of = <A extends Attributes>(op: Op<A>, rule: Rule<A>): readonly [Op, Rule] => [
  op,
  (node, digit, deal) => {
    if (!is(node, op)) throw new Error(`${node.op.name} is not ${op.name}`)
    return rule(node, digit, deal)
  },
]

/** Operands that broadcast: each is dealt along the axis that meets the digit's, where it has it at full size. */
export const aligned = ({ inputs, shape: whole }: Node, digit: Digit): Recipe => ({
  operands: inputs.map(({ shape }) => {
    const axis = digit.axis - whole.length + shape.length
    return axis >= 0 && shape[axis] === whole[digit.axis] ? { ...digit, axis } : undefined
  }),
})

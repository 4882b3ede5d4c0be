import { elements } from '../../base/type.ts'
import { isPerSample, type Outcome } from '../../cut/facts/facts.ts'
import type { Node } from '../../ir/node.ts'
import type { Digit } from '../../ops/shards.ts'

/** What comes of all rows goes back to the shards as soon as there is work in it. */
const WORTH_DEALING = 2 ** 20

/** Whether what is made of all rows is so much that each shard makes its part of it. @param facts of each operand */
export function isWorthDealing(node: Node, facts: (node: Node) => Outcome): boolean {
  const rows = node.inputs.filter((each) => isPerSample(facts(each)))
  const given = Math.max(...rows.map(({ shape }) => elements(shape)))
  const grows = elements(node.shape) > 4 * given && elements(node.shape) > WORTH_DEALING / 64
  return rows.length > 0 && (grows || node.op.traits.work(node) > WORTH_DEALING)
}

/** The one axis along which a value holds images. */
export function digitOf({ axes, tangled }: Outcome): Digit | undefined {
  const digits = axes.flatMap(({ sample }, axis) => (sample === undefined ? [] : [{ axis, inner: sample }]))
  return tangled || digits.length > 1 ? undefined : digits[0]
}

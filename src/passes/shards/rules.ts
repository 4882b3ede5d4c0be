import { at } from '../../base/lists.ts'
import { averagePoolOp } from '../../ops/average-pool.ts'
import { binary, unary } from '../../ops/arity.ts'
import { castOp } from '../../ops/cast.ts'
import { convOp, inputGradientOp } from '../../ops/conv.ts'
import { equalOp, greaterEqualOp, greaterOp, lessEqualOp, lessOp, whereOp } from '../../ops/elementwise.ts'
import { gridSampleOp } from '../../ops/grid-sample.ts'
import { matMulOp } from '../../ops/matmul.ts'
import { maxPoolGradientOp, maxPoolOp, maxPoolPickOp } from '../../ops/pool.ts'
import { logSumExpOp, maxOp, meanOp, sumOp, type ReduceAttributes } from '../../ops/reduce.ts'
import { cutOp, stopGradientOp } from '../../ops/stop.ts'
import { topPlacesOp } from '../../ops/top.ts'
import { isBinary, isUnary } from '../../ops/traits.ts'
import { moveRules } from './moves.ts'
import { aligned, of, type Recipe, type Rule } from './rule.ts'
import type { Deal } from './part.ts'
import type { Node, Op } from '../../ir/node.ts'
import type { Digit } from '../../ops/shards.ts'

/** What a shard does in place of an op: the same on fewer rows. */

/** Maps of which the rows, or the channels, are dealt. */
const maps: Rule = ({ inputs }, digit) => (digit.axis < 2 ? { operands: inputs.map(() => digit) } : undefined)

/** Rows of maps, where the other operands are kernels. */
const rowsOfFirst: Rule = ({ inputs }, digit) =>
  digit.axis === 0 ? { operands: inputs.map((_, i) => (i === 0 ? digit : undefined)) } : undefined

const reduction: Rule<ReduceAttributes> = (node, digit) => {
  const { axes, keep } = node.attributes
  const left = unary(node).shape.flatMap((_, i) => (keep || !axes.includes(i) ? [i] : []))
  const axis = at(left, digit.axis)
  return axes.includes(axis) ? undefined : { operands: [{ ...digit, axis }] }
}

const rules: ReadonlyMap<Op, Rule> = new Map([
  ...moveRules,
  of(castOp, aligned),
  of(whereOp, aligned),
  of(equalOp, aligned),
  of(greaterOp, aligned),
  of(greaterEqualOp, aligned),
  of(lessOp, aligned),
  of(lessEqualOp, aligned),
  of(stopGradientOp, aligned),
  of(cutOp, aligned),
  of(maxPoolOp, maps),
  of(maxPoolGradientOp, maps),
  of(maxPoolPickOp, maps),
  of(averagePoolOp, maps),
  of(gridSampleOp, (node, digit, deal) => (digit.axis === 0 ? maps(node, digit, deal) : undefined)),
  of(convOp, rowsOfFirst),
  of(inputGradientOp, rowsOfFirst),
  of(sumOp, reduction),
  of(meanOp, reduction),
  of(maxOp, reduction),
  of(logSumExpOp, reduction),
  of(topPlacesOp, ({ attributes }, digit) =>
    attributes.axis === digit.axis ? undefined : { operands: [digit] },
  ),
  of(matMulOp, (node, digit) => {
    const { transposeA, transposeB } = node.attributes
    const [a, b] = binary(node)
    const fromLast = node.shape.length - digit.axis
    if (fromLast > 2) return aligned(node, digit)
    if (fromLast === 2)
      return { operands: [{ ...digit, axis: a.shape.length - (transposeA ? 1 : 2) }, undefined] }
    return { operands: [undefined, { ...digit, axis: b.shape.length - (transposeB ? 2 : 1) }] }
  }),
])

/** How a shard makes its part of a node's result. */
export const recipe = (node: Node, digit: Digit, deal: Deal): Recipe | undefined =>
  isUnary(node) || isBinary(node) ? aligned(node, digit) : rules.get(node.op)?.(node, digit, deal)

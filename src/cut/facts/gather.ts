import { binary } from '../../ops/arity.ts'
import { at } from '../../base/lists.ts'
import { sizeOf } from '../../base/shapes.ts'
import { addAtOp } from '../../ops/add-at.ts'
import { gatherOp, scatterAddOp, type GatherAttributes } from '../../ops/gather.ts'
import { axisOf, linear, nonlinear, of, settle, type Axis, type Facts, type Transfer } from './facts.ts'
import { innerOf, samplesAlong } from './layout.ts'
import { topological } from '../../ir/walk.ts'
import { constantValues, isInput } from '../../ops/leaf.ts'
import type { Node } from '../../ir/node.ts'

/** Transfer functions of rows picked and summed by index. Drawn indices lead to other samples. */

const pair = ([x, indices]: readonly Facts[]): [Facts, Facts] => {
  if (!x || !indices) throw new Error('a gather lost its operands')
  return [x, indices]
}

/** Linear in the values; a sum over the batch as an index is a statistic. */
const inValues = (summed: readonly number[]): boolean => (summed.includes(1) ? nonlinear : linear)(summed)

const gather: Transfer<GatherAttributes> = (node, operands, images) => {
  const [x, indices] = pair(operands)
  const { axis } = node.attributes
  const { sample, unit } = axisOf(x, axis)
  const [source, picks] = binary(node)
  const fixed = constantValues(picks)
  let kept: number | undefined
  if (sample !== undefined && fixed && indices.axes.length === 1) {
    const all = samplesAlong(sizeOf(source.shape, axis), sample, images)
    kept = innerOf(
      Array.from(fixed, (index) => at(all, index)),
      images,
    )
  }
  const picked = indices.axes.map((each, i): Axis => {
    const size = sizeOf(picks.shape, i)
    // An index of the sample's own picks; only a choice that all samples share runs over units.
    const spans = unit !== undefined && size > 1 && each.sample === undefined
    return { sample: kept ?? each.sample, unit: spans ? [1, size] : undefined }
  })
  return settle(operands, {
    axes: [...x.axes.slice(0, axis), ...picked, ...x.axes.slice(axis + 1)],
    mixes: sample !== undefined && kept === undefined,
    linearity: inValues,
  })
}

/** Whether an index depends on a draw: drawn rows are other samples', all other data are the sample's own. */
const isDrawn = (index: Node | undefined): boolean =>
  index !== undefined && topological([index]).some((node) => isInput(node) && node.attributes.role === 'draw')

const scatterAdd: Transfer = (node, operands, images) => {
  const [updates, indices] = pair(operands)
  const rank = indices.axes.length
  const size = sizeOf(node.shape, 0)
  const [led, rest] = [updates.axes.slice(0, rank), updates.axes.slice(rank)]
  const unit = size > 1 && led.some((axis) => axis.unit) ? ([1, size] as const) : undefined
  const result = (sample: number | undefined, found: { mixes: boolean; sums?: boolean }) =>
    settle(operands, { axes: [{ sample, unit }, ...rest], linearity: inValues, ...found })
  if ([...led, ...indices.axes].every(({ sample }) => sample === undefined))
    return result(undefined, { mixes: false })
  const fixed = constantValues(node.inputs[1])
  const inner = led[0]?.sample
  if (fixed && rank === 1 && inner !== undefined && size % (images * inner) === 0) {
    const targets = samplesAlong(size, inner, images)
    const stays = samplesAlong(fixed.length, inner, images).every(
      (own, i) => at(targets, at(fixed, i)) === own,
    )
    return result(inner, { mixes: !stays })
  }
  if (fixed || isDrawn(node.inputs[1])) return result(size % images === 0 ? 1 : undefined, { mixes: true })
  // Each sample adds to the place that its own data name (a class' prototype, say).
  const remains = rest.some(({ sample }) => sample !== undefined)
  return result(undefined, { mixes: remains, sums: !remains })
}

/** Rows are added to others: to those of other samples, where rows are samples. */
const addAt: Transfer = (_, operands) => {
  const [x, , updates] = operands
  if (!x || !updates) throw new Error('addAt lost its operands')
  const axes = x.axes.map(({ sample, unit }, axis): Axis => {
    const added = axis === 0 ? { sample: undefined, unit: undefined } : axisOf(updates, axis)
    return { sample: sample ?? added.sample, unit: unit ?? added.unit }
  })
  const mixes = [x, updates].some((each) => axisOf(each, 0).sample !== undefined)
  return settle(operands, { axes, mixes, linearity: linear })
}

export const gatherTransfers = [of(gatherOp, gather), of(scatterAddOp, scatterAdd), of(addAtOp, addAt)]

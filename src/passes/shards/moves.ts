import { at } from '../../base/lists.ts'
import { binary, unary } from '../../ops/arity.ts'
import { sizeOf } from '../../base/shapes.ts'
import { concatOp } from '../../ops/concat.ts'
import { gatherOp, scatterAddOp } from '../../ops/gather.ts'
import { broadcastOp, reshapeOp, transposeOp } from '../../ops/shape.ts'
import { padOp, sliceOp } from '../../ops/slice.ts'
import { isWhole, partShape } from './part.ts'
import { ownPicks, ownPlaces } from './picks.ts'
import { aligned, of } from './rule.ts'
import type { Shape } from '../../base/type.ts'
import type { Digit } from '../../ops/shards.ts'

/** Rules of ops that move elements: a shard moves its own. */

/** Elements from one of an axis to its next. */
const stride = (shape: Shape, axis: number): number =>
  shape.slice(axis + 1).reduce((product, size) => product * size, 1)

export const moveRules = [
  of(reshapeOp, (node, digit, deal) => {
    const { shape } = unary(node)
    const place = digit.inner * stride(node.shape, digit.axis)
    const own = shape
      .map((_, axis): Digit => ({ axis, inner: place / stride(shape, axis) }))
      .find(({ axis, inner }) => Number.isInteger(inner) && isWhole(sizeOf(shape, axis), inner, deal))
    return own && { operands: [own], attributes: { shape: partShape(node.shape, digit, deal) } }
  }),
  of(broadcastOp, (node, digit, deal) => ({
    ...aligned(node, digit),
    attributes: { shape: partShape(node.shape, digit, deal) },
  })),
  of(transposeOp, ({ attributes: { order } }, digit) => ({
    operands: [{ ...digit, axis: at(order, digit.axis) }],
  })),
  of(sliceOp, (node, digit, deal) => {
    const { starts, ends, steps } = node.attributes
    const { axis, inner } = digit
    // Of whole batches.
    const bounds = [sizeOf(unary(node).shape, axis), at(starts, axis), at(ends, axis)]
    if (at(steps, axis) !== 1 || !bounds.every((size) => size === 0 || isWhole(size, inner, deal)))
      return undefined
    const [from, to] = [partShape(starts, digit, deal), partShape(ends, digit, deal)]
    return { operands: [digit], attributes: { starts: from, ends: to, steps } }
  }),
  of(padOp, (node, digit, deal) => {
    const { before, after } = node.attributes
    const { axis, inner } = digit
    const added = [before, after].map((list) => at(list, axis))
    if (!isWhole(sizeOf(unary(node).shape, axis), inner, deal)) return undefined
    if (!added.every((size) => size === 0 || isWhole(size, inner, deal))) return undefined
    const [first, last] = [partShape(before, digit, deal), partShape(after, digit, deal)]
    return { operands: [digit], attributes: { before: first, after: last } }
  }),
  of(concatOp, ({ inputs, attributes }, digit, deal) => {
    const fits = inputs.every(({ shape }) => isWhole(sizeOf(shape, digit.axis), digit.inner, deal))
    return attributes.axis !== digit.axis || fits ? { operands: inputs.map(() => digit) } : undefined
  }),
  of(gatherOp, (node, digit, deal) => {
    const { axis } = node.attributes
    const [x, indices] = binary(node)
    const rank = indices.shape.length
    if (digit.axis < axis) return { operands: [digit, undefined] }
    if (digit.axis >= axis + rank) return { operands: [{ ...digit, axis: digit.axis - rank + 1 }, undefined] }
    const own = ownPicks(indices, sizeOf(x.shape, axis), digit.inner, deal)
    if (own)
      return { operands: [{ axis, inner: own.inner }, undefined], instead: new Map([[1, own.indices]]) }
    // Rows of any image, picked for its own.
    return { operands: [undefined, { ...digit, axis: digit.axis - axis }] }
  }),
  of(scatterAddOp, (node, digit, deal) => {
    const [, indices] = binary(node)
    const { rows } = node.attributes
    if (digit.axis > 0)
      return { operands: [{ ...digit, axis: digit.axis - 1 + indices.shape.length }, undefined] }
    const own = ownPlaces(indices, digit.inner, deal)
    return (
      own && {
        operands: [{ axis: 0, inner: own.inner }, undefined],
        instead: new Map([[1, own.indices]]),
        attributes: { rows: rows / deal.shards },
      }
    )
  }),
]

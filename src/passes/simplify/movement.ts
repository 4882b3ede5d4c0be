import { sameShape } from '../../ir/type.ts'
import { gather, gatherOp } from '../../ops/gather.ts'
import { is, operandsOf } from '../../ops/is.ts'
import { constant } from '../../ops/leaf.ts'
import {
  broadcastOp,
  concatOp,
  reshape,
  reshapeOp,
  sliceOp,
  transpose,
  transposeOp,
} from '../../ops/shape.ts'
import { rewrite, type Rewrite } from '../rewrite/rule.ts'
import { constantValues } from './constants.ts'
import { gatheredUnswapped, swappedGather } from './row-order.ts'
import type { Node } from '../../ir/node.ts'

const unmoved = (node: Node, x: Node | undefined): Node | undefined =>
  x && sameShape(x.shape, node.shape) ? x : undefined

/** Moves of elements that cancel or that one move does. */
export const movement: readonly Rewrite[] = [
  rewrite('reshape(reshape(x)) = reshape(x)', reshapeOp, (node, x) => {
    const [inner] = operandsOf(x, reshapeOp)
    return inner && reshape(inner, node.shape)
  }),
  rewrite('reshape(x) = x where the shape is the same', reshapeOp, unmoved),
  rewrite('transpose(transpose(x)) = transpose(x)', transposeOp, ({ attributes: { order } }, x) => {
    const [inner] = operandsOf(x, transposeOp)
    if (!inner || !is(x, transposeOp)) return undefined
    const before = x.attributes.order
    return transpose(
      inner,
      order.map((axis) => before[axis] ?? axis),
    )
  }),
  rewrite('rows that were gathered and change places are gathered there', transposeOp, swappedGather),
  rewrite('transpose(x) = reshape(x) where only axes of one element move', transposeOp, (node, x) => {
    const large = node.attributes.order.filter((axis) => x?.shape[axis] !== 1)
    return x && large.every((axis, i) => i === 0 || axis > (large[i - 1] ?? -1))
      ? reshape(x, node.shape)
      : undefined
  }),
  rewrite('slice(x) = x where it is all', sliceOp, unmoved),
  rewrite('broadcast(x) = x where it is as large', broadcastOp, unmoved),
  rewrite('concat(x) = x', concatOp, (_, x, ...others) => (others.length === 0 ? x : undefined)),
  rewrite(
    'x[i][j] = x[i[j]] of constant indices along one axis',
    gatherOp,
    ({ attributes: { axis } }, x, j) => {
      const [inner, i] = operandsOf(x, gatherOp)
      if (!is(x, gatherOp) || !inner || i?.shape.length !== 1 || x.attributes.axis !== axis) return undefined
      const [outer, picked] = [constantValues(i), j && constantValues(j)]
      if (!outer || !j || !picked) return undefined
      const indices = picked.map((index) => outer[index] ?? 0)
      return gather(inner, constant('int64', j.shape, indices), axis)
    },
  ),
  rewrite('rows that changed places are gathered from where they were', gatherOp, gatheredUnswapped),
]

import { sameShape } from '../../base/type.ts'
import { gather, gatherOp } from '../../ops/gather.ts'
import { at } from '../../base/lists.ts'
import { unary } from '../../ops/arity.ts'
import { is, operandsOf } from '../../ops/is.ts'
import { constant, constantValues } from '../../ops/leaf.ts'
import { concatOp } from '../../ops/concat.ts'
import { maxOp, meanOp, sumOp, type ReduceAttributes } from '../../ops/reduce.ts'
import { broadcastOp, reshape, reshapeOp, transpose, transposeOp } from '../../ops/shape.ts'
import { sliceOp } from '../../ops/slice.ts'
import { ofOne, ofTwo, rewrite, type Rewrite } from '../rewrite/rule.ts'
import { gatheredUnswapped, swappedGather } from './row-order.ts'
import type { Node } from '../../ir/node.ts'

const unmoved = (x: Node, node: Node): Node | undefined => (sameShape(x.shape, node.shape) ? x : undefined)

/** A reduction of one element is that element. */
const ofOneElement = (x: Node, { shape, attributes: { axes } }: Node<ReduceAttributes>): Node | undefined =>
  axes.every((axis) => x.shape[axis] === 1) ? reshape(x, shape) : undefined

/** Moves of elements that cancel or that one move does. */
export const movement: readonly Rewrite[] = [
  rewrite('sum(x) = reshape(x) over axes of one element', sumOp, (node) => ofOneElement(unary(node), node)),
  rewrite('mean(x) = reshape(x) over axes of one element', meanOp, (node) => ofOneElement(unary(node), node)),
  rewrite('max(x) = reshape(x) over axes of one element', maxOp, (node) => ofOneElement(unary(node), node)),
  ofOne('reshape(reshape(x)) = reshape(x)', reshapeOp, (x, node) => {
    const [inner] = operandsOf(x, reshapeOp)
    return inner && reshape(inner, node.shape)
  }),
  ofOne('reshape(x) = x where the shape is the same', reshapeOp, unmoved),
  ofOne('transpose(transpose(x)) = transpose(x)', transposeOp, (x, { attributes: { order } }) => {
    const [inner] = operandsOf(x, transposeOp)
    if (!inner || !is(x, transposeOp)) return undefined
    const before = x.attributes.order
    return transpose(
      inner,
      order.map((axis) => at(before, axis)),
    )
  }),
  rewrite('rows that were gathered and change places are gathered there', transposeOp, swappedGather),
  ofOne('transpose(x) = reshape(x) where only axes of one element move', transposeOp, (x, node) => {
    const large = node.attributes.order.filter((axis) => x.shape[axis] !== 1)
    return large.every((axis, i) => i === 0 || axis > at(large, i - 1)) ? reshape(x, node.shape) : undefined
  }),
  ofOne('slice(x) = x where it is all', sliceOp, unmoved),
  ofOne('broadcast(x) = x where it is as large', broadcastOp, unmoved),
  rewrite('concat(x) = x', concatOp, ({ inputs: [x, ...others] }) => (others.length === 0 ? x : undefined)),
  ofTwo(
    'x[i][j] = x[i[j]] of constant indices along one axis',
    gatherOp,
    (x, j, { attributes: { axis } }) => {
      const [inner, i] = operandsOf(x, gatherOp)
      if (!is(x, gatherOp) || !inner || i?.shape.length !== 1 || x.attributes.axis !== axis) return undefined
      const [outer, picked] = [constantValues(i), constantValues(j)]
      if (!outer || !picked) return undefined
      const indices = picked.map((index) => at(outer, index))
      return gather(inner, constant('int64', j.shape, indices), axis)
    },
  ),
  rewrite('rows that changed places are gathered from where they were', gatherOp, gatheredUnswapped),
]

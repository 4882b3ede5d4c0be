import { sizeOf } from '../base/shapes.ts'
import { showType, type Type } from '../base/type.ts'
import { Misfit, make, notEmitted } from './define.ts'
import { transpose } from './shape.ts'
import { noWork, opaque } from './traits.ts'
import type { Node, Op } from '../ir/node.ts'

/** Rows picked and rows summed by index. */

const typed = ([x, indices]: readonly Type[]): [Type, Type] => {
  if (!x || !indices) throw new Misfit('needs a tensor and indices')
  if (indices.dtype !== 'int64') throw new Misfit(`indices are ${showType(indices)}, not int64`)
  return [x, indices]
}
const operands = ({ inputs: [x, indices] }: Node): [Node, Node] => {
  if (!x || !indices) throw new Error('gather lost its operands')
  return [x, indices]
}

export type GatherAttributes = Readonly<{ axis: number }>

export const gatherOp: Op<GatherAttributes> = {
  name: 'gather',
  traits: { ...opaque(noWork), zeroWith: [0] },
  infer: (inputs, { axis }) => {
    const [x, indices] = typed(inputs)
    if (!(axis >= 0 && axis < x.shape.length)) throw new Misfit(`has no axis ${axis} in ${showType(x)}`)
    return {
      dtype: x.dtype,
      shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)],
    }
  },
  gradient: (node, g) => {
    const [x, indices] = operands(node)
    return [() => summedBack(g, x, indices, node.attributes.axis), undefined]
  },
  emit: (emitter, node, inputs) => emitter.node('Gather', inputs, node, { axis: node.attributes.axis }),
  samples: [
    {
      inputs: [
        { dtype: 'float64', shape: [3, 2], values: [0, 1, 2, 3, 4, 5] },
        { dtype: 'int64', shape: [2], values: [2, 0] },
      ],
      attributes: { axis: 0 },
      expect: [4, 5, 0, 1],
    },
    {
      inputs: [
        { dtype: 'float64', shape: [4, 2], range: 'smooth' },
        { dtype: 'int64', shape: [2, 3], values: [1, 1, 0, 3, 1, 0] },
      ],
      attributes: { axis: 0 },
    },
    {
      inputs: [
        { dtype: 'float64', shape: [2, 4, 3], range: 'smooth' },
        { dtype: 'int64', shape: [3, 2], values: [1, 1, 0, 3, 1, 0] },
      ],
      attributes: { axis: 1 },
    },
  ],
}

/** The gradient of a gather along an axis: that axis goes first, rows are summed, and it goes back. */
function summedBack(g: Node, x: Node, indices: Node, axis: number): Node {
  const rank = indices.shape.length
  const axes = g.shape.map((_, i) => i)
  const picked = axes.slice(axis, axis + rank)
  const first = transpose(g, [...picked, ...axes.filter((i) => !picked.includes(i))])
  const summed = scatterAdd(first, indices, sizeOf(x.shape, axis))
  const back = x.shape.map((_, i) => (i === axis ? 0 : i < axis ? i + 1 : i))
  return transpose(summed, back)
}

/** Sums rows by index, in an order that is the same on every provider. */
export const scatterAddOp: Op<Readonly<{ rows: number }>> = {
  name: 'scatterAdd',
  traits: { ...opaque(noWork), zeroWith: [0] },
  infer: (inputs, { rows }) => {
    const [updates, indices] = typed(inputs)
    if (indices.shape.some((size, axis) => size !== updates.shape[axis]))
      throw new Misfit(`indices ${showType(indices)} do not lead the shape of ${showType(updates)}`)
    return { dtype: updates.dtype, shape: [rows, ...updates.shape.slice(indices.shape.length)] }
  },
  gradient: (node, g) => {
    const [, indices] = operands(node)
    return [() => gather(g, indices), undefined]
  },
  emit: notEmitted,
  samples: [
    {
      inputs: [
        { dtype: 'float64', shape: [3, 1], values: [1, 2, 4] },
        { dtype: 'int64', shape: [3], values: [2, 0, 2] },
      ],
      attributes: { rows: 4 },
      expect: [2, 0, 5, 0],
    },
    {
      inputs: [
        { dtype: 'float64', shape: [2, 2, 3], range: 'smooth' },
        { dtype: 'int64', shape: [2, 2], values: [1, 1, 0, 2] },
      ],
      attributes: { rows: 3 },
    },
  ],
}

/** `x[indices]` along an axis; the result has the shape of the indices in that axis' place. */
export const gather = (x: Node, indices: Node, axis = 0): Node => make(gatherOp, [x, indices], { axis })

/** Row i of the result is the sum of the rows of `updates` whose index is i. */
export const scatterAdd = (updates: Node, indices: Node, rows: number): Node =>
  make(scatterAddOp, [updates, indices], { rows })

export const gatherOps = [gatherOp, scatterAddOp]

import { sameShape } from '../../ir/type.ts'
import { gather } from '../../ops/gather.ts'
import { constant } from '../../ops/leaf.ts'
import { reshape, transpose } from '../../ops/shape.ts'
import { constantValues, list } from './constants.ts'
import { gatheredUnswapped, swappedGather } from './row-order.ts'
import type { Node } from '../../ir/node.ts'

/** Moves of elements that cancel or that one move does. */
export function movement(node: Node): Node | undefined {
  const [x] = node.inputs
  if (!x) return undefined
  return rules[node.op.name]?.(node, x)
}

const rules: Readonly<Record<string, ((node: Node, x: Node) => Node | undefined) | undefined>> = {
  reshape: (node, x) => {
    const [inner] = x.op.name === 'reshape' ? x.inputs : []
    if (inner) return reshape(inner, node.shape)
    return sameShape(x.shape, node.shape) ? x : undefined
  },
  transpose: (node, x) => {
    const order = list(node.attributes.order)
    const [inner] = x.op.name === 'transpose' ? x.inputs : []
    const before = list(x.attributes.order)
    if (inner)
      return transpose(
        inner,
        order.map((axis) => before[axis] ?? axis),
      )
    const moved = swappedGather(node)
    if (moved) return moved
    // Axes of size 1 move freely.
    const large = order.filter((axis) => x.shape[axis] !== 1)
    return large.every((axis, i) => i === 0 || axis > (large[i - 1] ?? -1))
      ? reshape(x, node.shape)
      : undefined
  },
  slice: (node, x) => (sameShape(x.shape, node.shape) ? x : undefined),
  broadcast: (node, x) => (sameShape(x.shape, node.shape) ? x : undefined),
  concat: (node, x) => (node.inputs.length === 1 ? x : undefined),
  /** x[i][j] = x[i[j]] of constant indices along one axis. */
  gather: (node, x) => {
    const [inner, first] = x.op.name === 'gather' ? x.inputs : []
    const [outer, second] = [first && constantValues(first), node.inputs[1]]
    const picked = second && constantValues(second)
    if (!inner || !outer || !second || !picked || first?.shape.length !== 1) return gatheredUnswapped(node)
    if (node.attributes.axis !== x.attributes.axis) return undefined
    const indices = picked.map((index) => outer[index] ?? 0)
    return gather(inner, constant('int64', second.shape, indices), Number(node.attributes.axis))
  },
}

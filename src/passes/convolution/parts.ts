import { sizeOf } from '../../base/shapes.ts'
import { input } from '../../ops/leaf.ts'
import { reshape, transpose } from '../../ops/shape.ts'
import { makeLoop, type Given } from '../../ops/loop.ts'
import type { Node } from '../../ir/node.ts'

/** Work on large values done in equal parts, one after the other, so that what it makes in between is never all there. */

type Compute = (a: Node, b: Node) => Node

const itemOf = (outer: Node): Given => ({
  inner: input('activity', `item of ${outer.shape.join('×')}`, outer.dtype, outer.shape.slice(1)),
  outer,
})

/** The results for the items of `a` along its first axis, each with the whole of `b`: [parts, …result]. */
export function stackedParts(a: Node, b: Node, compute: Compute): Node {
  const cut = itemOf(a)
  const whole = { inner: input('activity', 'whole', b.dtype, b.shape), outer: b }
  const result = compute(cut.inner, whole.inner)
  return only(makeLoop({ scanned: [cut], whole: [whole], summed: [], stacked: [result] }).stacked)
}

/** The sum of the results for the items of `a` and `b` along their first axes. */
export function summedParts(a: Node, b: Node, compute: Compute): Node {
  const [first, second] = [itemOf(a), itemOf(b)]
  const result = compute(first.inner, second.inner)
  return only(makeLoop({ scanned: [first, second], whole: [], summed: [result], stacked: [] }).summed)
}

function only([result]: readonly Node[]): Node {
  if (!result) throw new Error('a loop without results')
  return result
}

/** The first axis in parts: [parts, first / parts, …]. */
export function firstInParts(x: Node, count: number): Node {
  return reshape(x, [count, sizeOf(x.shape, 0) / count, ...x.shape.slice(1)])
}

/** The last axis in parts: [parts, …, last / parts]. */
export function lastInParts(x: Node, count: number): Node {
  const [rest, last] = [x.shape.slice(0, -1), sizeOf(x.shape, -1)]
  const split = reshape(x, [...rest, count, last / count])
  return transpose(split, [rest.length, ...rest.keys(), rest.length + 1])
}

/** Parts of the last axis side by side, which `lastInParts` took apart. */
export function joinedLast(parts: Node): Node {
  const [count, rest, last] = [sizeOf(parts.shape, 0), parts.shape.slice(1, -1), sizeOf(parts.shape, -1)]
  const beside = transpose(parts, [...rest.keys()].map((axis) => axis + 1).concat(0, rest.length + 1))
  return reshape(beside, [...rest, count * last])
}

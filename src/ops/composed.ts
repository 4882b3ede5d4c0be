import { fourAxes, sizeOf } from '../base/shapes.ts'
import { cast } from './cast.ts'
import { add, div, equal, greater, maximum, mul, scale, sub, where } from './elementwise.ts'
import { range, scalar } from './leaf.ts'
import { matmul } from './matmul.ts'
import { logSumExp, max, sum } from './reduce.ts'
import { reshape } from './shape.ts'
import { slice } from './slice.ts'
import { stopGradient as stop } from './stop.ts'
import { exp, floor, sqrt, square } from './unary.ts'
import type { DType } from '../base/dtype.ts'
import type { Node } from '../ir/node.ts'

/** Functions that are made of ops: their gradients, and what they do to samples and units, follow from those. */

/** Relative to the largest, so that large numbers keep their digits: it takes no part in the gradient. */
export function logSoftmax(x: Node, axis: number): Node {
  const below = sub(x, stop(max(x, [axis], true)))
  return sub(below, logSumExp(below, [axis], true))
}
export const softmax = (x: Node, axis: number): Node => exp(logSoftmax(x, axis))

/** The Euclidean norm; of nothing but zeros it is 0, and so is its gradient. */
export function norm(x: Node, axes: readonly number[]): Node {
  const squares = sum(square(x), axes)
  const [zero, one] = [scalar(x.dtype, 0), scalar(x.dtype, 1)]
  const isLong = greater(squares, zero)
  return where(isLong, sqrt(where(isLong, squares, one)), zero)
}

/** The cosine of two vectors along an axis; lengths below `eps` count as `eps`. */
export function cosineSimilarity(a: Node, b: Node, axis: number, eps: number): Node {
  const length = (x: Node) => maximum(norm(x, [axis]), scalar(x.dtype, eps))
  return div(sum(mul(a, b), [axis]), mul(length(a), length(b)))
}

/** [… , count]: 1 where the last axis is the class, else 0. */
export function oneHot(classes: Node, count: number, dtype: DType): Node {
  const asked = reshape(classes, [...classes.shape, 1])
  return cast(equal(asked, range(classes.dtype, count)), dtype)
}

/**
 * Elements along an axis, each at its own place: one of the places is told from all by comparison, so that every provider
 * gives the same bits, backwards too. It takes memory for as many numbers as there are places times elements of the axis.
 */
export function gatherAlong(x: Node, places: Node, axis: number): Node {
  const size = sizeOf(x.shape, axis)
  const before = x.shape.slice(0, axis)
  const after = x.shape.slice(axis + 1)
  const asked = reshape(places, [...before, sizeOf(places.shape, axis), 1, ...after])
  const all = reshape(range('int64', size), [size, ...after.map(() => 1)])
  const values = reshape(x, [...before, 1, size, ...after])
  return sum(where(equal(asked, all), values, scalar(x.dtype, 0)), [axis + 1])
}

/**
 * Maps read between pixels: each point weighs all pixels by how near they are, at most four of them above 0. As a product
 * with these weights it has gradients in both, in any type, and each row reads its own map alone. Exactly on a pixel the
 * slope by the point is that towards the next one, as in PyTorch: a grid that changes nothing lies on all pixels, and it can
 * still learn.
 */
export function sampled(maps: Node, grid: Node): Node {
  const [rows, channels, height, width] = fourAxes(maps.shape)
  const [, down, across] = fourAxes(grid.shape)
  const { dtype } = maps
  const [zero, one] = [scalar(dtype, 0), scalar(dtype, 1)]
  const near = (coordinate: 0 | 1, size: number): Node => {
    const along = slice(grid, [0, 0, 0, coordinate], [rows, down, across, coordinate + 1])
    // In PyTorch's order, so that a point lies on a pixel where it does there.
    const pixel = scale(sub(scale(add(reshape(along, [rows, down * across, 1]), one), size), one), 1 / 2)
    const before = floor(pixel)
    const share = sub(pixel, before)
    const pixels = range(dtype, size)
    return add(
      where(equal(pixels, before), sub(one, share), zero),
      where(equal(pixels, add(before, one)), share, zero),
    )
  }
  const points = down * across
  const vertical = reshape(near(1, height), [rows, points, height, 1])
  const horizontal = reshape(near(0, width), [rows, points, 1, width])
  const weights = reshape(mul(vertical, horizontal), [rows, points, height * width])
  const read = matmul(reshape(maps, [rows, channels, height * width]), weights, false, true)
  return reshape(read, [rows, channels, down, across])
}

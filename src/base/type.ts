import { at } from './lists.ts'
import { bytesPerElement, type DType } from './dtype.ts'

/** Sizes of the axes, outermost first; every size is known at compile time. */
export type Shape = readonly number[]

export interface Type {
  readonly dtype: DType
  readonly shape: Shape
}

/** How many elements a shape holds; a scalar, `[]`, holds one. */
export const elements = (shape: Shape): number => shape.reduce((product, size) => product * size, 1)

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis])

/** Prints `float32[4, 3, 8, 8]`. */
export const showType = ({ dtype, shape }: Type): string => `${dtype}[${shape.join(', ')}]`

/** Size of an axis counted from the last, 1 of those before the first: there, values are repeated. */
const sizeFromLast = (shape: Shape, axis: number): number =>
  axis > shape.length ? 1 : at(shape, shape.length - axis)

/** The common shape under NumPy's broadcasting, or undefined where the shapes do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length)
  const result: number[] = []
  for (let axis = 1; axis <= rank; axis++) {
    const [left, right] = [sizeFromLast(a, axis), sizeFromLast(b, axis)]
    if (left === right || right === 1) result.unshift(left)
    else if (left === 1) result.unshift(right)
    else return undefined
  }
  return result
}

/** Axes as non-negative numbers in ascending order; undefined where one is out of range or named twice. */
export function normalizeAxes(axes: readonly number[], rank: number): number[] | undefined {
  const positive = axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b)
  const valid = positive.every(
    (axis, i) => Number.isInteger(axis) && axis >= 0 && axis < rank && axis !== positive[i - 1],
  )
  return valid ? positive : undefined
}

/**
 * Bytes of a tensor, for shapes that strangers wrote: where they are more than a number tells exactly, Infinity, also
 * where a later axis is 0.
 */
export function bytesOfShape(type: DType, shape: readonly number[]): number {
  let bytes: number = bytesPerElement[type]
  for (const size of shape) {
    bytes *= size
    if (!Number.isSafeInteger(bytes)) return Infinity
  }
  return bytes
}

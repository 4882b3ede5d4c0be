import type { Shape } from './type.ts'

/**
 * Shapes taken apart. Types were checked where nodes were made, so that another number of axes is a bug of the compiler:
 * nothing stands in for an axis that is not there.
 */

/** Size of an axis; negative ones count from the last. @throws Error where there is no such axis. */
export function sizeOf(shape: Shape, axis: number): number {
  const size = shape.at(axis)
  if (size === undefined) throw new Error(`[${shape.join(', ')}] has no axis ${axis}`)
  return size
}

/** @throws Error where there are more or fewer, as all of these. */
export function twoAxes(shape: Shape): readonly [number, number] {
  require(shape, 2)
  return [sizeOf(shape, 0), sizeOf(shape, 1)]
}

export function threeAxes(shape: Shape): readonly [number, number, number] {
  require(shape, 3)
  return [sizeOf(shape, 0), sizeOf(shape, 1), sizeOf(shape, 2)]
}

/** Of maps [images, channels, height, width], of kernels [out, in, height, width]. */
export function fourAxes(shape: Shape): readonly [number, number, number, number] {
  require(shape, 4)
  return [sizeOf(shape, 0), sizeOf(shape, 1), sizeOf(shape, 2), sizeOf(shape, 3)]
}

function require(shape: Shape, axes: number): void {
  if (shape.length !== axes) throw new Error(`[${shape.join(', ')}] has ${shape.length} axes, not ${axes}`)
}

/** Height and width of maps, or of kernels. */
export function mapSize(shape: Shape): readonly [number, number] {
  const [, , height, width] = fourAxes(shape)
  return [height, width]
}

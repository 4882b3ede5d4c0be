import { fourAxes } from '../../base/shapes.ts'
import type { Tensor } from '../tensor.ts'

/**
 * Transforms that work along one axis at a time, such as crops and blurs, as a matrix for each row: it says how much
 * each pixel that is made takes of each that is read. onnxruntime's GridSample takes 18 ns a pixel; a product of
 * matrices of 96 × 96 pixels 1 to 2.
 */
export interface Axis {
  readonly size: number
  /** [n, size] spread over what is made, in a matrix [n, …]. */
  readonly made: (values: Tensor) => Tensor
  /** [n, size] spread over what is read. */
  readonly read: (values: Tensor) => Tensor
  /** Images [rows, channels, height, width] by matrices [rows, size, size]. */
  readonly mix: (matrices: Tensor) => Tensor
}

/** Matrices of longer axes would be larger than images, and their products slower than to pick pixels. */
export const LONGEST = 256

const standing = (values: Tensor): Tensor => values.reshape(values.size(0), values.size(1), 1)
const lying = (values: Tensor): Tensor => values.reshape(values.size(0), 1, values.size(1))

/** The lines of images, from the top. */
export function down(images: Tensor): Axis {
  const [rows, , height] = fourAxes(images.shape)
  return {
    ...{ size: height, made: standing, read: lying },
    mix: (matrices) => matrices.reshape(rows, 1, height, height).matmul(images),
  }
}

/** The columns of images, from the left. */
export function across(images: Tensor): Axis {
  const [rows, channels, height, width] = fourAxes(images.shape)
  return {
    ...{ size: width, made: lying, read: standing },
    mix: (matrices) =>
      images
        .reshape(rows, channels * height, width)
        .matmul(matrices)
        .reshape(rows, channels, height, width),
  }
}

import type { Features } from './features.ts'

/** Root mean square over all images and features. */
export const rootMeanSquare = ({ values }: Features): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)

/**
 * Features divided by one number, the training images' root mean square, so that a classifier's learning rate
 * means the same for every encoder. Features are not standardised one by one: that would hide which of them
 * the encoder made strong.
 */
export const scaled = ({ count, dimension, values }: Features, unit: number): Features => ({
  count,
  dimension,
  values: unit === 0 ? values : values.map((value) => value / unit),
})

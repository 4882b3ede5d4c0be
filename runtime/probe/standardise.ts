import type { Features } from './features.ts'

/** Shift and scale of each feature, measured on training images only. */
export interface Standard {
  readonly mean: Float64Array
  readonly deviation: Float64Array
}

export function measure({ count, dimension, values }: Features): Standard {
  const mean = new Float64Array(dimension)
  const square = new Float64Array(dimension)
  for (let row = 0; row < count; row++)
    for (let column = 0; column < dimension; column++)
      mean[column] = (mean[column] ?? 0) + (values[row * dimension + column] ?? 0) / count
  for (let row = 0; row < count; row++)
    for (let column = 0; column < dimension; column++)
      square[column] =
        (square[column] ?? 0) + ((values[row * dimension + column] ?? 0) - (mean[column] ?? 0)) ** 2 / count
  return { mean, deviation: square.map(Math.sqrt) }
}

/** Mean 0 and deviation 1 per feature; features that hardly vary become 0 rather than noise. */
export function standardise({ count, dimension, values }: Features, { mean, deviation }: Standard): Features {
  const scaled = values.map(
    (value, i) => (value - (mean[i % dimension] ?? 0)) / ((deviation[i % dimension] ?? 0) + 1e-5),
  )
  return { count, dimension, values: scaled }
}

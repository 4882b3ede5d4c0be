import { at } from '../../src/base/lists.ts'
import { plainProducts, type Products } from '../probe/products.ts'
import type { Features } from '../probe/features.ts'
import type { Labelled } from '../probe/linear.ts'
import { solve } from './cholesky.ts'
import { lowerGram, rowsTimesRows } from './row-products.ts'

/** A linear classifier by least squares, whose weights are known in closed form: no steps, no rate, nothing random. */
export interface LinearClassifier {
  readonly dimension: number
  /** [dimension], what is taken from features first. */
  readonly mean: Float64Array
  /** [classes, dimension], and [classes]. */
  readonly weights: Float64Array
  readonly bias: Float64Array
}

/** The penalty on squared weights, as a part of the mean square of a feature times the number of images. */
const PENALTY = 0.01

/**
 * Fits scores of classes to 1 for the class of an image and 0 for others: with features x and targets y, both less their
 * means, W minimises |x·W - y|² + λ|W|². λ is `PENALTY` times the mean of the diagonal of xᵀ·x, so that the unit of features
 * does not matter. Of two systems the smaller is solved: of the size of the features, or of the number of images.
 */
export async function fitRidge(
  { features, labels }: Labelled,
  classes: number,
  products: Products = plainProducts,
): Promise<LinearClassifier> {
  const { count, dimension } = features
  const { columns, mean } = centredColumns(features)
  const { y, mean: bias } = targets(labels, classes)
  let total = 0
  for (let i = 0; i < columns.length; i++) total += at(columns, i) ** 2
  // Features that are the same of all images tell nothing.
  if (total === 0) return { dimension, mean, weights: new Float64Array(classes * dimension), bias }
  const penalty = (PENALTY * total) / dimension
  if (dimension <= count) {
    const gram = lowerGram(columns, dimension, count)
    const weights = rowsTimesRows(y, columns, count)
    addToDiagonal(gram, dimension, penalty)
    solve(gram, weights, dimension)
    return { dimension, mean, weights, bias }
  }
  const kernel = await kernelOf(centred(features, mean), products)
  addToDiagonal(kernel, count, penalty)
  solve(kernel, y, count)
  return { dimension, mean, weights: rowsTimesRows(y, columns, count), bias }
}

/** The part of images whose class has the highest score; of equal ones the first counts. */
export function linearAccuracy(
  { dimension, mean, weights, bias }: LinearClassifier,
  { features: { count, values }, labels }: Labelled,
): number {
  const x = new Float64Array(count * dimension)
  for (let row = 0; row < count; row++)
    for (let i = 0; i < dimension; i++) x[row * dimension + i] = at(values, row * dimension + i) - at(mean, i)
  const scores = rowsTimesRows(x, weights, dimension)
  const classes = bias.length
  let right = 0
  for (let row = 0; row < count; row++) {
    let [best, most] = [0, -Infinity]
    for (let c = 0; c < classes; c++) {
      const score = at(scores, row * classes + c) + at(bias, c)
      if (score > most) [best, most] = [c, score]
    }
    if (best === at(labels, row)) right++
  }
  return right / count
}

/** Features less their means over images: [dimension, images], in float64. */
function centredColumns({ count, dimension, values }: Features): {
  readonly columns: Float64Array
  readonly mean: Float64Array
} {
  const columns = new Float64Array(count * dimension)
  const mean = new Float64Array(dimension)
  for (let i = 0; i < dimension; i++) {
    let sum = 0
    for (let row = 0; row < count; row++) sum += at(values, row * dimension + i)
    mean[i] = sum / count
    for (let row = 0; row < count; row++)
      columns[i * count + row] = at(values, row * dimension + i) - sum / count
  }
  return { columns, mean }
}

/** The same row by row, as products take them. */
function centred({ count, dimension, values }: Features, mean: Float64Array): Features {
  const x = new Float32Array(values.length)
  for (let row = 0; row < count; row++)
    for (let i = 0; i < dimension; i++) x[row * dimension + i] = at(values, row * dimension + i) - at(mean, i)
  return { count, dimension, values: x }
}

/** [classes, images]: 1 for the class of an image, less the mean over images. */
function targets(labels: Uint32Array, classes: number) {
  const mean = new Float64Array(classes)
  for (const label of labels) mean[label] = at(mean, label) + 1 / labels.length
  const y = new Float64Array(classes * labels.length)
  mean.forEach((value, c) => {
    labels.forEach((label, row) => (y[c * labels.length + row] = (c === label ? 1 : 0) - value))
  })
  return { mean, y }
}

/** x·xᵀ [images, images]. */
async function kernelOf(x: Features, products: Products): Promise<Float64Array> {
  const { count } = x
  const { tile } = products
  const kernel = new Float64Array(count * count)
  for (let from = 0; from < count; from += tile)
    for (let against = 0; against < count; against += tile) {
      const { columns, values } = await products.of(x, from, x, against)
      const present = Math.min(tile, count - against)
      for (let row = 0; row < Math.min(tile, count - from); row++) {
        const found = values.subarray(row * columns, row * columns + present)
        kernel.set(found, (from + row) * count + against)
      }
    }
  return kernel
}

function addToDiagonal(matrix: Float64Array, size: number, value: number): void {
  for (let i = 0; i < size; i++) matrix[i * (size + 1)] = at(matrix, i * (size + 1)) + value
}

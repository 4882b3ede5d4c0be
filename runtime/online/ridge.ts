import { at } from '../../src/base/lists.ts'
import { plainProducts, type Products } from '../probe/products.ts'
import type { Features } from '../probe/features.ts'
import type { Labelled } from '../probe/linear.ts'
import { solve } from './cholesky.ts'
import { dot } from './dot.ts'

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
  const { x, mean } = centred(features)
  const { y, mean: bias } = targets(labels, classes)
  const total = x.values.reduce((sum, value) => sum + value * value, 0)
  // Features that are the same of all images tell nothing.
  if (total === 0) return { dimension, mean, weights: new Float64Array(classes * dimension), bias }
  const penalty = (PENALTY * total) / dimension
  const columns = transposed(x)
  if (dimension <= count) {
    const gram = rowsTimesRows(columns, dimension, count)
    const weights = times(y, columns, classes, dimension, count)
    addToDiagonal(gram, dimension, penalty)
    solve(gram, weights, dimension)
    return { dimension, mean, weights, bias }
  }
  const kernel = await kernelOf(x, products)
  addToDiagonal(kernel, count, penalty)
  solve(kernel, y, count)
  return { dimension, mean, weights: times(y, columns, classes, dimension, count), bias }
}

/** The part of images whose class has the highest score; of equal ones the first counts. */
export function linearAccuracy(
  { dimension, mean, weights, bias }: LinearClassifier,
  { features: { count, values }, labels }: Labelled,
): number {
  let right = 0
  const x = new Float64Array(dimension)
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < dimension; i++) x[i] = at(values, row * dimension + i) - at(mean, i)
    const scores = bias.map((value, c) => value + dot(weights, c * dimension, x, 0, dimension))
    const best = scores.reduce((best, score, c) => (score > at(scores, best) ? c : best), 0)
    if (best === at(labels, row)) right++
  }
  return right / count
}

function centred({ count, dimension, values }: Features): {
  readonly x: Features
  readonly mean: Float64Array
} {
  const mean = new Float64Array(dimension)
  values.forEach((value, i) => {
    mean[i % dimension] = at(mean, i % dimension) + value / count
  })
  const x = values.map((value, i) => value - at(mean, i % dimension))
  return { x: { count, dimension, values: x }, mean }
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

/** [dimension, images], in float64. */
function transposed({ count, dimension, values }: Features): Float64Array {
  const columns = new Float64Array(values.length)
  values.forEach((value, i) => {
    columns[(i % dimension) * count + Math.floor(i / dimension)] = value
  })
  return columns
}

/** The lower half of a·aᵀ, of a with `rows` rows of `length`. */
function rowsTimesRows(a: Float64Array, rows: number, length: number): Float64Array {
  const products = new Float64Array(rows * rows)
  for (let i = 0; i < rows; i++)
    for (let j = 0; j <= i; j++) products[i * rows + j] = dot(a, i * length, a, j * length, length)
  return products
}

/** a·bᵀ [of a, of b], of rows of `length`. */
function times(a: Float64Array, b: Float64Array, ofA: number, ofB: number, length: number): Float64Array {
  const products = new Float64Array(ofA * ofB)
  for (let i = 0; i < ofA; i++)
    for (let j = 0; j < ofB; j++) products[i * ofB + j] = dot(a, i * length, b, j * length, length)
  return products
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

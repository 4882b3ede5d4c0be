import { dot } from './dot.ts'

/** a·bᵀ [rows of a, rows of b], of rows of `length`. */
export function rowsTimesRows(a: Float64Array, b: Float64Array, length: number): Float64Array {
  const [rows, columns] = [a.length / length, b.length / length]
  const products = new Float64Array(rows * columns)
  for (let i = 0; i < rows; i += 2) pairOfRows(a, b, length, i, columns, products)
  return products
}

/** The lower half of a·aᵀ [rows, rows], and some of the upper one, of `rows` rows of `length`. */
export function lowerGram(a: Float64Array, rows: number, length: number): Float64Array {
  const products = new Float64Array(rows * rows)
  for (let i = 0; i < rows; i += 2) pairOfRows(a, a, length, i, Math.min(i + 2, rows), products)
  return products
}

/**
 * The products of two rows of `a` with the first rows of `b`, up to `until`: two by two, since each number that is read
 * is used twice then, and four sums do not wait for each other.
 */
function pairOfRows(
  a: Float64Array,
  b: Float64Array,
  length: number,
  row: number,
  until: number,
  into: Float64Array,
): void {
  const [one, other, columns] = [row * length, (row + 1) * length, b.length / length]
  if (other + length > a.length) {
    for (let j = 0; j < until; j++) into[row * columns + j] = dot(a, one, b, j * length, length)
    return
  }
  let j = 0
  for (; j + 1 < until; j += 2) {
    const [first, second] = [j * length, (j + 1) * length]
    let [oneFirst, oneSecond, otherFirst, otherSecond] = [0, 0, 0, 0]
    for (let i = 0; i < length; i++) {
      const x = a[one + i] ?? NaN
      const y = a[other + i] ?? NaN
      const u = b[first + i] ?? NaN
      const v = b[second + i] ?? NaN
      oneFirst += x * u
      oneSecond += x * v
      otherFirst += y * u
      otherSecond += y * v
    }
    into[row * columns + j] = oneFirst
    into[row * columns + j + 1] = oneSecond
    into[(row + 1) * columns + j] = otherFirst
    into[(row + 1) * columns + j + 1] = otherSecond
  }
  for (; j < until; j++) {
    into[row * columns + j] = dot(a, one, b, j * length, length)
    into[(row + 1) * columns + j] = dot(a, other, b, j * length, length)
  }
}

import { orthonormalVectors } from '../runtime/values/orthonormal.ts'
import type { Stream } from '../runtime/values/random.ts'

/** A float64 matrix, row-major. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly data: Float64Array
}

export const zeros = (rows: number, columns: number): Matrix => ({
  rows,
  columns,
  data: new Float64Array(rows * columns),
})

/** The matrix whose element in a row and column is `value(row, column)`. */
export const matrixOf = (
  rows: number,
  columns: number,
  value: (row: number, column: number) => number,
): Matrix => ({
  rows,
  columns,
  data: Float64Array.from({ length: rows * columns }, (_, i) => value(Math.floor(i / columns), i % columns)),
})

export const row = ({ columns, data }: Matrix, index: number): Float64Array =>
  data.subarray(index * columns, (index + 1) * columns)

export const transpose = (a: Matrix): Matrix =>
  matrixOf(a.columns, a.rows, (i, j) => a.data[j * a.columns + i] ?? 0)

export function multiply(a: Matrix, b: Matrix): Matrix {
  if (a.columns !== b.rows) throw new Error(`[${a.rows}, ${a.columns}] × [${b.rows}, ${b.columns}]`)
  const product = zeros(a.rows, b.columns)
  for (let i = 0; i < a.rows; i++) {
    const target = row(product, i)
    for (let k = 0; k < a.columns; k++) addMultiple(target, a.data[i * a.columns + k] ?? 0, row(b, k))
  }
  return product
}

/*
 * The two products that solvers spend their time in take four rows at once, which saves loads and stores. Beyond
 * the last row, typed arrays read as nothing (0 here) and ignore what is written.
 */

/** A Bᵀ. */
export function multiplyTransposed(a: Matrix, b: Matrix): Matrix {
  const [size, columns] = [a.columns, b.rows]
  const [x, y] = [a.data, b.data]
  const product = zeros(a.rows, columns)
  for (let i = 0; i < a.rows; i += 4)
    for (let j = 0; j < columns; j++) {
      let [s0, s1, s2, s3] = [0, 0, 0, 0]
      for (let k = 0, p = i * size, q = j * size; k < size; k++, p++, q++) {
        const value = y[q] ?? 0
        s0 += (x[p] ?? 0) * value
        s1 += (x[p + size] ?? 0) * value
        s2 += (x[p + 2 * size] ?? 0) * value
        s3 += (x[p + 3 * size] ?? 0) * value
      }
      const to = i * columns + j
      product.data[to] = s0
      product.data[to + columns] = s1
      product.data[to + 2 * columns] = s2
      product.data[to + 3 * columns] = s3
    }
  return product
}

/** Aᵀ B. */
export function transposeMultiply(a: Matrix, b: Matrix): Matrix {
  const [rows, columns] = [a.columns, b.columns]
  const [x, y] = [a.data, b.data]
  const product = zeros(rows, columns)
  for (let r = 0; r < a.rows; r += 4)
    for (let i = 0; i < rows; i++) {
      const p = r * rows + i
      const [f0, f1, f2, f3] = [x[p] ?? 0, x[p + rows] ?? 0, x[p + 2 * rows] ?? 0, x[p + 3 * rows] ?? 0]
      for (let j = 0, q = r * columns, to = i * columns; j < columns; j++, q++, to++)
        product.data[to] =
          (product.data[to] ?? 0) +
          (f0 * (y[q] ?? 0) +
            f1 * (y[q + columns] ?? 0) +
            (f2 * (y[q + 2 * columns] ?? 0) + f3 * (y[q + 3 * columns] ?? 0)))
    }
  return product
}

/** target += factor · vector, in place. */
export function addMultiple(target: Float64Array, factor: number, vector: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) + factor * (vector[i] ?? 0)
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}

export const norm = (a: Float64Array): number => Math.sqrt(dot(a, a))

/** Rows orthonormal, or columns where there are more rows than columns; uniformly distributed. */
export function semiOrthogonal(rows: number, columns: number, random: Stream): Matrix {
  const vectors = orthonormalVectors(Math.min(rows, columns), Math.max(rows, columns), random)
  const wide = matrixOf(vectors.length, Math.max(rows, columns), (i, j) => vectors[i]?.[j] ?? 0)
  return rows <= columns ? wide : transpose(wide)
}

/**
 * The inverse of a symmetric positive definite matrix, by Cholesky: A = L Lᵀ, so A⁻¹ = L⁻ᵀ L⁻¹. Nothing where the
 * matrix is singular, to rounding.
 */
export function inverseOfPositive(a: Matrix): Matrix | undefined {
  const size = a.rows
  const lower = zeros(size, size)
  // Row by row: L, and beside it L⁻¹, whose row i is (eᵢ - Σ_{k<i} L_ik · row k) / L_ii.
  const inverse = zeros(size, size)
  for (let i = 0; i < size; i++) {
    const own = row(lower, i)
    for (let j = 0; j <= i; j++) {
      const other = row(lower, j)
      const element = a.data[i * size + j] ?? 0
      const rest = element - dot(own.subarray(0, j), other.subarray(0, j))
      if (j < i) own[j] = rest / (other[j] ?? 1)
      else if (rest > 1e-12 * element) own[i] = Math.sqrt(rest)
      else return undefined
    }
    const solved = row(inverse, i)
    solved[i] = 1
    for (let k = 0; k < i; k++) addMultiple(solved, -(own[k] ?? 0), row(inverse, k))
    for (let j = 0; j <= i; j++) solved[j] = (solved[j] ?? 0) / (own[i] ?? 1)
  }
  return multiply(transpose(inverse), inverse)
}

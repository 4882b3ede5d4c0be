import { at } from '../../src/base/lists.ts'
import { dot } from './dot.ts'

/**
 * Solves A·X = B for a symmetric, positive definite A by Cholesky's decomposition, in place: the lower half of `a`
 * [size, size] becomes its factor, `b` [columns, size], a right-hand side a row, the solutions.
 */
export function solve(a: Float64Array, b: Float64Array, size: number): void {
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      const rest = at(a, i * size + j) - dot(a, i * size, a, j * size, j)
      a[i * size + j] = j === i ? Math.sqrt(rest) : rest / at(a, j * size + j)
    }
  for (let side = 0; side < b.length; side += size) {
    for (let i = 0; i < size; i++)
      b[side + i] = (at(b, side + i) - dot(a, i * size, b, side, i)) / at(a, i * size + i)
    // The factor's mirror image from below: what a number contributes to those above is taken from them at once.
    for (let i = size - 1; i >= 0; i--) {
      const solved = at(b, side + i) / at(a, i * size + i)
      b[side + i] = solved
      for (let k = 0; k < i; k++) b[side + k] = at(b, side + k) - solved * at(a, i * size + k)
    }
  }
}

import type { Tensor } from 'hebb'

/** Functions of features [rows, features] that several losses are made of. */

/** Rows scaled to length 1; lengths below 1e-9 count as 1e-9. */
export const unitLength = (rows: Tensor): Tensor =>
  rows.div(rows.square().sum(1).maximum(1e-18).sqrt().reshape(rows.size(0), 1))

/** Cosine of each row with its counterpart, [rows]. */
export const cosine = (x: Tensor, y: Tensor): Tensor => unitLength(x).mul(unitLength(y)).sum(1)

/** Every feature less its mean over the rows. */
export const centred = (z: Tensor): Tensor => z.sub(z.mean(0))

/** Variance of centred features over the rows, [features], divided by rows - 1. */
export const variance = (z: Tensor): Tensor =>
  z
    .square()
    .sum(0)
    .div(z.size(0) - 1)

/** Covariance of centred features over the rows, [features, features], divided by rows - 1. */
export const covariance = (z: Tensor): Tensor => z.matmul(z, { transposeA: true }).div(z.size(0) - 1)

/** Every feature with mean 0 and variance 1 over the rows: batch normalisation without scale and shift. */
export const standardised = (z: Tensor, epsilon = 1e-5): Tensor => {
  const x = centred(z)
  return x.div(x.square().mean(0).add(epsilon).sqrt())
}

/** A square matrix [n, n] without its diagonal, [n, n - 1]: each row keeps the order of its other elements. */
export function offDiagonal(square: Tensor): Tensor {
  const n = square.size(0)
  // Without the first element, every (n + 1)th is on the diagonal: the last column of n - 1 rows of n + 1.
  const shifted = square
    .reshape(n * n)
    .slice(0, 1, n * n)
    .reshape(n - 1, n + 1)
  return shifted.slice(1, 0, n).reshape(n, n - 1)
}

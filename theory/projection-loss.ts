import { addMultiple, multiplyTransposed, transposeMultiply, zeros, type Matrix } from './matrix.ts'
import type { ContrastFunction } from './contrasts.ts'

/**
 * The part of a layer's loss that a projection B learns, over a whole data set and with the activity fixed:
 *
 *     L(B) = mean over rows r of  f(z⁺_r · B c_r) + f(-z⁻_r · B c_r),  plus  decay/2 · |B|²
 *
 * It is convex in B, as the score is linear in B and f is convex.
 */
export interface ProjectionLoss {
  /** z⁺, [rows, dim z]. */
  readonly positive: Matrix
  /** z⁻, [rows, dim z]. */
  readonly negative: Matrix
  /** c, [rows, dim c]. */
  readonly reference: Matrix
  readonly contrast: Pick<ContrastFunction, 'slope' | 'curvature'>
  /** Weight decay of B, as a quadratic penalty; 0 for none. */
  readonly decay: number
}

/** Per row: z⁺ · B c and z⁻ · B c. */
export interface Scores {
  readonly positive: Float64Array
  readonly negative: Float64Array
}

export function scoresOf({ positive, negative, reference }: ProjectionLoss, projection: Matrix): Scores {
  const { rows } = reference
  const { rows: features } = projection
  const predictions = multiplyTransposed(reference, projection).data
  const against = ({ data }: Matrix) => {
    const scores = new Float64Array(rows)
    for (let r = 0, at = 0; r < rows; r++) {
      let score = 0
      for (const end = at + features; at < end; at++) score += (data[at] ?? 0) * (predictions[at] ?? 0)
      scores[r] = score
    }
    return scores
  }
  return { positive: against(positive), negative: against(negative) }
}

/** Σ_r (a_r z⁺_r + b_r z⁻_r) c_rᵀ / rows + decay · B: the shape of the gradient, and of the Hessian times a B. */
function correlated(
  { positive, negative, reference, decay }: ProjectionLoss,
  { positive: a, negative: b }: Scores,
  projection: Matrix,
): Matrix {
  const { rows, columns: features } = positive
  const errors = zeros(rows, features)
  for (let r = 0, at = 0; r < rows; r++) {
    const [alpha, beta] = [(a[r] ?? 0) / rows, (b[r] ?? 0) / rows]
    for (const end = at + features; at < end; at++)
      errors.data[at] = alpha * (positive.data[at] ?? 0) + beta * (negative.data[at] ?? 0)
  }
  const sum = transposeMultiply(errors, reference)
  addMultiple(sum.data, decay, projection.data)
  return sum
}

export const gradientAt = (loss: ProjectionLoss, projection: Matrix, scores: Scores): Matrix =>
  correlated(
    loss,
    {
      positive: scores.positive.map(loss.contrast.slope),
      negative: scores.negative.map((score) => -loss.contrast.slope(-score)),
    },
    projection,
  )

/** The Hessian at a point, as what it does to a direction. */
export function hessianAt(loss: ProjectionLoss, scores: Scores): (direction: Matrix) => Matrix {
  const plus = scores.positive.map(loss.contrast.curvature)
  const minus = scores.negative.map((score) => loss.contrast.curvature(-score))
  return (direction) => {
    const along = scoresOf(loss, direction)
    return correlated(
      loss,
      {
        positive: along.positive.map((score, r) => score * (plus[r] ?? 0)),
        negative: along.negative.map((score, r) => score * (minus[r] ?? 0)),
      },
      direction,
    )
  }
}

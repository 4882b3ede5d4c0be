import { addMultiple, dot, inverseOfPositive, multiply, norm, transposeMultiply, zeros } from './matrix.ts'
import { gradientAt, hessianAt, scoresOf, type ProjectionLoss, type Scores } from './projection-loss.ts'
import type { Matrix } from './matrix.ts'

export interface Solved {
  /** B [dim z, dim c] at the optimum. */
  readonly projection: Matrix
  /** Norm of the loss' gradient there, relative to its norm at B = 0. */
  readonly residual: number
}

/** Steps end at rounding: where a step no longer halves the gradient, once it is below this. */
const SMALL = 1e-12
const MOST_STEPS = 100

/**
 * The projection at the optimum of its loss: Newton's method from B = 0, each step solved by conjugate gradients
 * with the exact Hessian, shortened until the gradient shrinks.
 *
 * @throws Error where there is no optimum (a B separates positives from negatives), and where activity does not
 *   fill its space, so that there are many: the gradient of the weights would depend on which is taken.
 */
export function solveProjection(loss: ProjectionLoss): Solved {
  const precondition = preconditioner(loss)
  let projection = zeros(loss.positive.columns, loss.reference.columns)
  let scores = scoresOf(loss, projection)
  let gradient = gradientAt(loss, projection, scores)
  const start = norm(gradient.data)
  let size = start
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const residual = start === 0 ? 0 : size / start
    const tolerance = Math.min(0.1, Math.max(residual, 1e-6))
    const direction = conjugateGradients(hessianAt(loss, scores), gradient, precondition, tolerance)
    const next = shorten(loss, projection, direction, size)
    if (next === undefined || next.size > size / 2) {
      if (residual <= SMALL) return { projection, residual }
      if (next === undefined) throw new Error(`no projection is best; the gradient stays at ${residual}`)
    }
    ;({ projection, scores, gradient, size } = next)
  }
  throw new Error(`no best projection found in ${MOST_STEPS} steps; the gradient is at ${size / start}`)
}

interface Point {
  readonly projection: Matrix
  readonly scores: Scores
  readonly gradient: Matrix
  readonly size: number
}

/** The longest of the steps 1, ½, ¼, … that makes the gradient smaller. */
function shorten(loss: ProjectionLoss, from: Matrix, direction: Matrix, size: number): Point | undefined {
  for (let length = 1; length > 1e-6; length /= 2) {
    const projection = { ...from, data: from.data.slice() }
    addMultiple(projection.data, -length, direction.data)
    const scores = scoresOf(loss, projection)
    const gradient = gradientAt(loss, projection, scores)
    const reached = norm(gradient.data)
    if (reached < (1 - 1e-4 * length) * size) return { projection, scores, gradient, size: reached }
  }
  return undefined
}

/** Solves H x = g to a relative tolerance, in the norm of the preconditioner. */
function conjugateGradients(
  hessian: (direction: Matrix) => Matrix,
  gradient: Matrix,
  precondition: (residual: Matrix) => Matrix,
  tolerance: number,
): Matrix {
  const solution = zeros(gradient.rows, gradient.columns)
  const residual = gradient.data.slice()
  let conditioned = precondition({ ...gradient, data: residual }).data
  let direction = conditioned.slice()
  let energy = dot(residual, conditioned)
  const enough = tolerance ** 2 * energy
  for (let i = 0; i < 2 * residual.length && energy > enough; i++) {
    const image = hessian({ ...gradient, data: direction }).data
    const step = energy / dot(direction, image)
    addMultiple(solution.data, step, direction)
    addMultiple(residual, -step, image)
    conditioned = precondition({ ...gradient, data: residual }).data
    const next = dot(residual, conditioned)
    const turned = conditioned.slice()
    addMultiple(turned, next / energy, direction)
    ;[direction, energy] = [turned, next]
  }
  return solution
}

/** The Hessian is roughly Σ_z ⊗ Σ_c, so G ↦ Σ_z⁻¹ G Σ_c⁻¹ makes it roughly the identity. */
function preconditioner({ positive, negative, reference }: ProjectionLoss): (residual: Matrix) => Matrix {
  const left = inverseOfPositive(covariance([positive, negative]))
  const right = inverseOfPositive(covariance([reference]))
  if (!left || !right) throw new Error('activity does not fill its space: more than one projection is best')
  return (residual) => multiply(multiply(left, residual), right)
}

/** Mean of z zᵀ over the rows of all parts. */
function covariance(parts: readonly Matrix[]): Matrix {
  const size = parts[0]?.columns ?? 0
  const sum = zeros(size, size)
  for (const part of parts)
    addMultiple(sum.data, 1 / (parts.length * part.rows), transposeMultiply(part, part).data)
  return sum
}

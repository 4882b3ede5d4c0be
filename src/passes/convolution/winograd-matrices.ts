import { at } from '../../base/lists.ts'
import { tileOffsets } from '../pixel-major/pixels.ts'

/**
 * Winograd's minimal filtering F(m×m, 3×3) (Lavin & Gray, CVPR 2016) by the Toom-Cook construction. In one
 * dimension m outputs y of the kernel g on n = m + 2 inputs d are
 *
 *     y = Aᵀ ((G g) ⊙ (Bᵀ d))
 *
 * A evaluates a polynomial of m coefficients at n - 1 points and infinity, G one of 3 coefficients (divided by
 * Lagrange's denominators), B holds the coefficients of Lagrange's numerators.
 */
export type Matrix = readonly (readonly number[])[]

const KERNEL = 3

/**
 * Points of F(4, 3): with 0, ±1, ±2 of the textbooks, rounding errors flip ReLUs; with these, errors in float32
 * stay near those of a plain convolution.
 */
const points: Readonly<Record<2 | 4, readonly number[]>> = {
  2: [0, 1, -1],
  4: [0, Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT2, -Math.SQRT2],
}

/** Matrices of two-dimensional tiles, as flat row-major lists. */
export interface Transforms {
  /** Side of a tile of outputs, and of the inputs that it reads. */
  readonly outputs: 2 | 4
  readonly inputs: number
  /** Bᵀ⊗Bᵀ, [inputs², inputs²]. */
  readonly input: readonly number[]
  /** G⊗G, [inputs², 9]. */
  readonly weight: readonly number[]
  /** Aᵀ⊗Aᵀ, [outputs², inputs²], outputs by pooling phase. */
  readonly output: readonly number[]
  /** A⊗A, [inputs², outputs²]: the adjoint of `output`. */
  readonly outputAdjoint: readonly number[]
  /** B⊗B: the adjoint of `input`. */
  readonly inputAdjoint: readonly number[]
}

const made = new Map<number, Transforms>()

export function transforms(outputs: 2 | 4): Transforms {
  const known = made.get(outputs) ?? makeTransforms(outputs)
  made.set(outputs, known)
  return known
}

function makeTransforms(outputs: 2 | 4): Transforms {
  const { a, b, g } = oneDimension(outputs)
  const byPhase = (matrix: Matrix): Matrix =>
    tileOffsets(outputs).map(([row, column]) => at(kronecker(matrix, matrix), row * outputs + column))
  const output = byPhase(transpose(a))
  return {
    outputs,
    inputs: outputs + KERNEL - 1,
    input: kronecker(transpose(b), transpose(b)).flat(),
    weight: kronecker(g, g).flat(),
    output: output.flat(),
    outputAdjoint: transpose(output).flat(),
    inputAdjoint: kronecker(b, b).flat(),
  }
}

interface OneDimension {
  /** [n, m] */
  readonly a: Matrix
  /** [n, n] */
  readonly b: Matrix
  /** [n, 3] */
  readonly g: Matrix
}

function oneDimension(outputs: 2 | 4): OneDimension {
  const finite = points[outputs]
  const n = finite.length + 1
  const powers = (point: number, count: number) => Array.from({ length: count }, (_, i) => point ** i)
  const last = (count: number) => Array.from({ length: count }, (_, i) => (i === count - 1 ? 1 : 0))
  const others = (k: number) => finite.filter((_, l) => l !== k)
  const denominators = finite.map((p, k) => others(k).reduce((product, q) => product * (p - q), 1))
  const numerators = [...finite.map((_, k) => withRoots(others(k), n)), withRoots(finite, n)]
  return {
    a: [...finite.map((p) => powers(p, outputs)), last(outputs)],
    g: [...finite.map((p, k) => powers(p, KERNEL).map((power) => power / at(denominators, k))), last(KERNEL)],
    b: transpose(numerators),
  }
}

/** Coefficients, lowest first, of the polynomial with these roots. */
function withRoots(roots: readonly number[], length: number): number[] {
  let coefficients = [1, ...new Array<number>(length - 1).fill(0)]
  for (const root of roots)
    coefficients = coefficients.map((value, i) => (i === 0 ? 0 : at(coefficients, i - 1)) - root * value)
  return coefficients
}

const transpose = (matrix: Matrix): number[][] =>
  at(matrix, 0).map((_, column) => matrix.map((row) => at(row, column)))

const kronecker = (left: Matrix, right: Matrix): number[][] =>
  left.flatMap((row) => right.map((other) => row.flatMap((a) => other.map((b) => a * b))))

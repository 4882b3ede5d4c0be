import { tileOffsets } from './pixels.ts'

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
 * stay near those of a plain convolution. Both sets are closed under p → 1/p, which `turned` needs.
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
  /** `input` and `output` of the convolution with kernels turned by 180°, from the same transformed weights. */
  readonly turned: { readonly input: readonly number[]; readonly output: readonly number[] }
}

const made = new Map<number, Transforms>()

export function transforms(outputs: 2 | 4): Transforms {
  const known = made.get(outputs) ?? makeTransforms(outputs)
  made.set(outputs, known)
  return known
}

function makeTransforms(outputs: 2 | 4): Transforms {
  const { a, b, g } = oneDimension(outputs)
  const turned = turn({ a, b, g })
  const byPhase = (matrix: Matrix): Matrix =>
    tileOffsets(outputs).map(([row, column]) => kronecker(matrix, matrix)[row * outputs + column] ?? [])
  const output = byPhase(transpose(a))
  return {
    outputs,
    inputs: outputs + KERNEL - 1,
    input: kronecker(transpose(b), transpose(b)).flat(),
    weight: kronecker(g, g).flat(),
    output: output.flat(),
    outputAdjoint: transpose(output).flat(),
    turned: {
      input: kronecker(transpose(turned.b), transpose(turned.b)).flat(),
      output: byPhase(transpose(turned.a)).flat(),
    },
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
    g: [
      ...finite.map((p, k) => powers(p, KERNEL).map((power) => power / (denominators[k] ?? 1))),
      last(KERNEL),
    ],
    b: transpose(numerators),
  }
}

/** Coefficients, lowest first, of the polynomial with these roots. */
function withRoots(roots: readonly number[], length: number): number[] {
  let coefficients = [1, ...new Array<number>(length - 1).fill(0)]
  for (const root of roots)
    coefficients = coefficients.map((value, i) => (coefficients[i - 1] ?? 0) - root * value)
  return coefficients
}

/**
 * The matrices for kernels read backwards, with the same G. Reversing a row of G, the powers of a point p, gives
 * a multiple of the powers of 1/p: of another row of G, as the points are closed under inversion. So the same
 * products appear in another order; A takes the multiples and both take the order.
 */
function turn({ a, b, g }: OneDimension): { a: Matrix; b: Matrix } {
  const [turnedA, turnedB] = [[...a], [...transpose(b)]]
  g.forEach((row, k) => {
    const reversed = row.toReversed()
    const to = g.findIndex((other) => isMultiple(reversed, other))
    const factor = largest(reversed) / largest(g[to] ?? [])
    const sign = Math.sign(dot(reversed, g[to] ?? []))
    turnedA[to] = (a[k] ?? []).map((value) => value * factor * sign)
    turnedB[to] = transpose(b)[k] ?? []
  })
  return { a: turnedA, b: transpose(turnedB) }
}

const largest = (row: readonly number[]): number => Math.max(...row.map(Math.abs))
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)

const isMultiple = (a: readonly number[], b: readonly number[]): boolean => {
  const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
  return Math.abs(Math.abs(cosine) - 1) < 1e-12
}

const transpose = (matrix: Matrix): number[][] =>
  (matrix[0] ?? []).map((_, column) => matrix.map((row) => row[column] ?? 0))

const kronecker = (left: Matrix, right: Matrix): number[][] =>
  left.flatMap((row) => right.map((other) => row.flatMap((a) => other.map((b) => a * b))))

import type { Stream } from './random.ts'

/** Sum of a[i]·b[i]; four sums at once, as one alone waits for each addition to finish. */
const dot = (a: Float64Array, b: Float64Array): number => {
  const length = a.length
  const quads = length - (length % 4)
  let [s0, s1, s2, s3] = [0, 0, 0, 0]
  for (let i = 0; i < quads; i += 4) {
    s0 += (a[i] ?? 0) * (b[i] ?? 0)
    s1 += (a[i + 1] ?? 0) * (b[i + 1] ?? 0)
    s2 += (a[i + 2] ?? 0) * (b[i + 2] ?? 0)
    s3 += (a[i + 3] ?? 0) * (b[i + 3] ?? 0)
  }
  for (let i = quads; i < length; i++) s0 += (a[i] ?? 0) * (b[i] ?? 0)
  return s0 + s1 + (s2 + s3)
}

const subtractMultiple = (target: Float64Array, factor: number, vector: Float64Array): void => {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) - factor * (vector[i] ?? 0)
}

const divide = (target: Float64Array, by: number): void => {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) / by
}

/**
 * `count` orthonormal vectors of `length` ≥ count, uniformly distributed (Haar): modified Gram-Schmidt on
 * normal vectors, each projected twice, which keeps them orthogonal to rounding. Dividing by the positive
 * norm is what fixes the signs; a QR routine would have to multiply by the signs of R's diagonal.
 */
export const orthonormalVectors = (count: number, length: number, random: Stream): Float64Array[] => {
  const vectors: Float64Array[] = []
  for (let made = 0; made < count; made++) {
    const vector = Float64Array.from({ length }, () => random.normal())
    for (let pass = 0; pass < 2; pass++) {
      for (const earlier of vectors) subtractMultiple(vector, dot(vector, earlier), earlier)
      divide(vector, Math.sqrt(dot(vector, vector)))
    }
    vectors.push(vector)
  }
  return vectors
}

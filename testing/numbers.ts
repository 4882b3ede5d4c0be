import { at } from '../src/base/lists.ts'
import { stream } from '../runtime/values/random.ts'

/** Standard normal numbers that depend on the seed alone. */
export const normals = (size: number, seed: number): Float64Array => {
  const random = stream(seed, 'normals')
  return Float64Array.from({ length: size }, () => random.normal())
}

/** Largest |a - b| relative to the largest |b| (or to 1, where b is zero). */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, scale] = [0, 0]
  if (actual.length !== expected.length) return Infinity
  for (let i = 0; i < expected.length; i++) {
    const [a = NaN, b = NaN] = [actual[i], expected[i]]
    difference = Number.isNaN(a - b) ? Infinity : Math.max(difference, Math.abs(a - b))
    scale = Math.max(scale, Math.abs(b))
  }
  return difference === 0 ? 0 : difference / (scale === 0 ? 1 : scale)
}

/** a · b. */
export const inner = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, i) => sum + value * at(b, i), 0)

/** |a|. */
export const norm = (a: Float64Array): number => Math.sqrt(inner(a, a))

import { stream } from '../../runtime/random.ts'
import { elements } from '../../src/ir/type.ts'
import type { SampleInput } from '../../src/ir/node.ts'

/** Values of a sample: those it gives, or drawn ones. `smooth` are distinct by 0.01 and away from zero. */
export function sampleValues(input: SampleInput, seed: number): Float64Array {
  const size = elements(input.shape)
  if (input.values) return Float64Array.from(input.values)
  const random = stream(seed, 'sample')
  const ranks = random.shuffle(Uint32Array.from({ length: size }, (_, i) => i))
  return Float64Array.from(ranks, (rank) => {
    const magnitude = 0.2 + (rank + 0.5 * random.uniformDouble()) * Math.max(0.02, 1.5 / size)
    return input.range === 'positive' || random.uniform() < 0.5 ? magnitude : -magnitude
  })
}

export const normals = (size: number, seed: number): Float64Array => {
  const random = stream(seed, 'normals')
  return Float64Array.from({ length: size }, () => random.normal())
}

/** Largest |a - b| relative to the largest |b| (or to 1, where b is smaller). */
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

import { stream } from '../../runtime/values/random.ts'
import { elements } from '../../src/base/type.ts'
import type { SampleInput } from '../../src/ir/node.ts'

export { normals, relativeError } from '../../testing/numbers.ts'

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

import { inMemory } from '../../runtime/data/stored/in-memory.ts'
import { stream } from '../../runtime/values/random.ts'
import type { Dataset } from '../../runtime/data/dataset.ts'

/** Images of two random shades each, so that views of one image have something in common. */
export function randomImages(count: number, channels: number, size: number): Dataset {
  const random = stream(1, 'random images')
  const perImage = channels * size * size
  const rows = new Uint8Array(count * perImage)
  for (let image = 0; image < count; image++) {
    const [dark, bright] = [random.integer(128), 128 + random.integer(128)]
    for (let i = 0; i < perImage; i++) rows[image * perImage + i] = random.uniform() < 0.5 ? dark : bright
  }
  const labels = Uint32Array.from({ length: count }, (_, i) => i % 3)
  return inMemory({ name: 'random', rows, shape: [channels, size, size], labels, classes: 3 })
}

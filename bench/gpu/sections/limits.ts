import { join } from 'node:path'
import { mkdirSync } from 'node:fs'
import { writeCase } from '../../case.ts'
import { Contestant } from '../../contestant.ts'
import { median } from '../../statistics.ts'
import { timed } from '../timing.ts'
import type { Surroundings } from '../job.ts'
import type { Tell } from '../figures.ts'

/** Bytes that are copied, and the side of matrices; on a CPU a tenth of each is enough to see that it works. */
const sizes = { cuda: { bytes: 2 ** 30, size: 8192 }, cpu: { bytes: 2 ** 26, size: 1024 } } as const
const REPEATED = 3

/** What the machine does at most, by PyTorch: what estimates rest on. */
export async function limits({ provider, folder, python, threads, turn }: Surroundings, tell: Tell) {
  const place = join(folder, 'limits')
  const { bytes, size } = sizes[provider]
  mkdirSync(place, { recursive: true })
  writeCase(place, { kind: 'limits', bytes, size })
  const pyTorch = Contestant.pyTorch({ threads, python, ompWait: 'passive', device: provider })
  try {
    const { variants } = await pyTorch.open(place)
    for (const name of variants) {
      const seconds = median(await timed(() => pyTorch.run(name, REPEATED), REPEATED, turn)) / 1000
      const isProduct = name.startsWith('product')
      // A copy within the device reads as much as it writes.
      const amount = isProduct ? 2 * size ** 3 : name === 'within device' ? 2 * bytes : bytes
      await tell({
        kind: 'limit',
        name,
        value: amount / seconds / (isProduct ? 1e12 : 1e9),
        unit: isProduct ? 'TFLOP/s' : 'GB/s',
      })
    }
  } finally {
    await pyTorch.close()
  }
}

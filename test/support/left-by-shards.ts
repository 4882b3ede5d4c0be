import { Trainer, type Training, type TrainerOptions } from '../../runtime/train/trainer.ts'
import { Shards } from '../../runtime/workers/shards/shards.ts'
import { bytesOf } from '../../runtime/values/tensor.ts'
import { sha256 } from '../../src/bundle/sha256.ts'
import { randomImages } from './random-images.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'

/** What a few steps of a bundle leave: losses of each, and after the last the bits of all values, as hashes, and scales of losses. */

const STEPS = 4

/** Where its shards are run one after the other. */
export const leftInTurn = (bundle: Bundle, steps?: number) =>
  left(bundle, (options) => Trainer.create({ ...options, parallel: 'none' }), steps)

/** Where workers run them. */
export const leftByWorkers = (bundle: Bundle, workers: number, steps?: number) =>
  left(bundle, (options) => Shards.create(options, { workers }), steps)

async function left(bundle: Bundle, create: (options: TrainerOptions) => Promise<Training>, steps = STEPS) {
  const { train, program } = bundle.manifest
  const { channels, height } = program.input
  const dataset = randomImages(3 * train.batch, channels, height)
  const training = await create({ bundle, dataset, seed: 3, totalSteps: steps, threads: 1 })
  try {
    const losses = []
    for await (const { losses: found } of training.run({ from: 0, to: steps })) losses.push(found)
    const values = await training.values()
    const bits = [...values].map(([name, { data }]) => [name, sha256(bytesOf(data))] as const)
    const scales = [...values].filter(([name]) => name.endsWith('.loss_scale'))
    return {
      losses,
      bits: new Map(bits.toSorted(([a], [b]) => (a < b ? -1 : 1))),
      scales: new Map(scales.map(([name, { data }]) => [name, Number(data[0])])),
    }
  } finally {
    await training.release()
  }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lockRun } from '../runtime/files/run-lock.ts'
import { writeCheckpoint } from '../runtime/files/write-checkpoint.ts'
import { allocate } from '../runtime/values/tensor.ts'
import { Saver } from '../runtime/workers/saving/saver.ts'
import { compile, flatten, layer, linear, local, program, rule, sgd } from '../src/index.ts'

/**
 * How long a step waits for a checkpoint of so many MB: where it is written at once, and where a thread writes it from a
 * copy. `npx tsx bench/checkpoint.ts 300`
 */

const megabytes = Number(process.argv[2] ?? 300)
const ROUNDS = 3

/** Weights of one layer and their momentum. */
const width = Math.round(Math.sqrt((megabytes * 1e6) / 2 / 4))
const { identity, manifest } = compile(
  program({
    name: 'wide',
    input: { channels: 1, size: 2 },
    batch: 2,
    views: ['a'],
    encoder: [layer('first', flatten(), linear(width)), layer('second', linear(width))],
    learn: local(rule<'a'>('quiet', ({ out }) => out.a.square().mean())),
    optimizer: sgd({ lr: 0.01, momentum: 0.9 }),
  }),
)
const { parameters, states } = manifest.train
const values = new Map(
  [...parameters, ...states].map(({ name, type, shape }) => [name, allocate(type, shape)] as const),
)
// Pages that nobody has written to take no memory, and are read faster.
for (const { data } of values.values()) if (!(data instanceof BigInt64Array)) data.fill(1)

const folder = mkdtempSync(join(tmpdir(), 'hebb-checkpoint-'))
const lock = lockRun(folder)
const order = (step: number) => ({
  claim: lock.claim,
  checkpoint: { step, totalSteps: 100, seed: 0 },
  measured: undefined,
  keeps: undefined,
})
const saver = new Saver({ identity, manifest }, () => undefined)

async function seconds(work: () => void | Promise<void>): Promise<string> {
  const began = performance.now()
  await work()
  return ((performance.now() - began) / 1000).toFixed(2)
}

try {
  console.log(`${megabytes} MB; seconds that a step waits, and until the checkpoint is there`)
  for (let round = 1; round <= ROUNDS; round++) {
    const atOnce = await seconds(() => {
      const { checkpoint, ...rest } = order(round)
      writeCheckpoint({ ...rest, checkpoint: { ...checkpoint, values } }, { identity, manifest })
    })
    const copied = await seconds(() => saver.begin(order(round), values, false))
    const written = await seconds(() => saver.idle())
    console.log(`at once ${atOnce}; from a copy ${copied}, and ${written} more in a thread`)
  }
} finally {
  await saver.release()
  lock.release()
  rmSync(folder, { recursive: true, force: true })
}

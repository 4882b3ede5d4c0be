import { join } from 'node:path'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { Shards } from '../../runtime/workers/shards/shards.ts'
import { SEED } from '../seed.ts'
import { givenSteps, rateOf } from './step.ts'
import type { StepCase } from '../case.ts'
import type { Ran } from '../protocol.ts'

/** Steps at the beginning and at the end of a turn that are done, but not timed: workers begin, and tell what they have. */
const MARGIN = 1

/** Training steps of a bundle by a thread per shard, of one thread each, on batches that are there already. */
export async function openShards(
  folder: string,
  { batches }: Pick<StepCase, 'batches'>,
): Promise<{ run: (count: number) => Promise<Ran> }> {
  const bundle = loadBundle(join(folder, 'bundle'))
  const { train } = bundle.manifest
  const given = givenSteps(folder, train, batches)
  const source = {
    prepare: (step: number) => Promise.resolve(given(step)),
    rate: (step: number) => rateOf(train, step),
    release: () => Promise.resolve(),
  }
  const training = await Shards.on(source, { bundle, seed: SEED, threads: 1 })
  let from = 0
  const run = async (count: number): Promise<Ran> => {
    const to = from + count + 2 * MARGIN
    const values: number[][] = []
    let [began, ended] = [NaN, NaN]
    for await (const { step, losses } of training.run({ from, to })) {
      values.push(Object.values(losses))
      if (step === from + MARGIN) began = performance.now()
      if (step === to - MARGIN) ended = performance.now()
    }
    from = to
    return { milliseconds: ended - began, values }
  }
  return { run }
}

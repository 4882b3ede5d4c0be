import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { averageWeight } from '../../runtime/batches/average-weight.ts'
import { loadRunCheckpoint, openRun, runFiles } from '../../runtime/files/run-folder.ts'
import { train, type TrainOptions } from '../../runtime/train/train.ts'
import { averagedValues } from '../../runtime/values/averaged.ts'
import { found } from '../../src/base/lists.ts'
import {
  compile,
  ema,
  flatten,
  layer,
  linear,
  lion,
  local,
  program,
  relu,
  rule,
  sgd,
  swa,
} from '../../src/index.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { writeTinyDataset } from './tiny-bundle.ts'

const spread = rule('spread', ({ out }) => out.rows.sub(1).square().mean())
const made = (
  optimizer = lion({ lr: 1e-3, weightDecay: 0.1, clip: { norm: 0.1 }, average: swa({ from: 0.4 }) }),
) =>
  program({
    input: { channels: 1, size: SIZE },
    batch: 2,
    encoder: [layer('one', flatten(), linear(6), relu()), layer('two', linear(3), relu())],
    learn: local(spread),
    optimizer,
  })

const STEPS = 10
const SIZE = 2

const begin = (change: Partial<TrainOptions> = {}) => {
  const root = temporaryFolder()
  const [data, out] = [writeTinyDataset(join(root, 'data')), join(root, 'run')]
  const fixed = { steps: STEPS, seed: 3, threads: 1, prepareAhead: 0, checkpointEvery: 5 }
  return { bundle: compile(made()), data, out, ...fixed, ...change }
}

/** The bytes that a run leaves behind. */
async function trained(change: Partial<TrainOptions> = {}): Promise<Buffer> {
  const options = begin(change)
  await train(options)
  return readFileSync(runFiles(options.out).checkpoint)
}

describe('a run that keeps an average', () => {
  test('comes to the same bits killed and resumed, with workers, batches prepared ahead, several steps in a run', async () => {
    const whole = await trained()
    const options = begin()
    const killed = train({
      ...options,
      onProgress: ({ step }) => {
        if (step === 7) throw new Error('killed')
      },
    })
    await expect(killed).rejects.toThrow('killed')
    await train({ out: options.out, resume: true, prepareAhead: 0, threads: 1 })
    expect(readFileSync(runFiles(options.out).checkpoint).equals(whole)).toBe(true)
    for (const change of [
      { workers: 2 },
      { prepareAhead: 2 },
      { bundle: compile(made(), { stepsPerRun: 2 }) },
    ])
      expect((await trained(change)).equals(whole)).toBe(true)
  })

  test('has it stand in for the weights, and for nothing else', async () => {
    const options = begin()
    await train(options)
    const run = openRun(options.out)
    const { values } = loadRunCheckpoint(run)
    const averaged = averagedValues(run.bundle.manifest, values)
    expect([...averaged.keys()]).toEqual([...values.keys()])
    for (const [name, value] of averaged) {
      const average = values.get(`${name}.average`)
      expect(value).toBe(average ?? found(values, name, name))
    }
    expect(averaged.get('one.weight')).not.toEqual(values.get('one.weight'))
  })

  test('is told of where there is none', () => {
    const { manifest } = compile(made(sgd({ lr: 0.1 })))
    expect(() => averagedValues(manifest, new Map())).toThrow(/'spread' keeps no average of its weights/)
  })
})

describe('the weight of a step in the average', () => {
  const weights = (average: Parameters<typeof averageWeight>[0], steps: number) =>
    Array.from({ length: steps }, (_, step) => averageWeight(average, step, steps))

  test('is all of the first step, then what the average forgets', () => {
    expect(weights(ema({ decay: 0.75 }), 3)).toEqual([1, 0.25, 0.25])
  })

  test('makes a mean of all steps from the fraction on', () => {
    expect(weights(swa({ from: 0.5 }), 6)).toEqual([1, 1, 1, 1, 1 / 2, 1 / 3])
    // 0.1 × 30 is a little above 3.
    expect(weights(swa({ from: 0.1 }), 30).indexOf(1 / 2)).toBe(4)
    expect(weights(swa({ from: 0.99 }), 4)).toEqual([1, 1, 1, 1])
  })
})

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  compile,
  flatten,
  global,
  horizontalFlip,
  layer,
  linear,
  local,
  program,
  randomInvert,
  sgd,
  type Credit,
  type Program,
} from '../../src/index.ts'
import { byol, clapp, clappDirectFeedback, clappPlusPlus } from '../../rules/index.ts'
import { found } from '../../src/base/lists.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import { writeBundle } from '../../src/bundle/write-bundle.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { loadCheckpoint } from '../../runtime/files/checkpoint.ts'
import { readMetrics } from '../../runtime/files/metrics.ts'
import { runFiles } from '../../runtime/files/run-folder.ts'
import { train, type Progress, type TrainOptions } from '../../runtime/train/train.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { writeTinyDataset } from './tiny-bundle.ts'
import { tinyPools, tinyProgram } from '../support/programs.ts'
import { runProgram } from '../support/run-program.ts'

/** Several steps in one run of the graphs are the same bits as one after the other. */

const rules: readonly (readonly [string, Credit])[] = [
  ['a local rule', local(clappPlusPlus(tinyPools))],
  ['one that reads from above, all layers in one graph', local(clappDirectFeedback(tinyPools))],
  ['backpropagation', global(clapp())],
  ['one that keeps averages of weights', local(byol({ head: [5, 3], predictor: 6 }))],
]

describe.each(rules)('%s', (_, learn) => {
  test.each(['float32', 'float64'] as const)('gives the same losses and values in %s', async (dtype) => {
    const tiny = tinyProgram({ learn, dtype })
    const steps = 7
    const single = await runProgram(tiny, { steps })
    expect(single.losses.every(Number.isFinite)).toBe(true)
    for (const stepsPerRun of [2, 5]) expect(await runProgram(tiny, { steps, stepsPerRun })).toEqual(single)
  })
})

const STEPS = 11

const dense = (lr: number): Program =>
  program({
    name: 'dense',
    input: { channels: 1, size: 2, classes: 2 },
    batch: 2,
    encoder: [layer('first', flatten(), linear(3)), layer('second', linear(3))],
    learn: local(clapp()),
    optimizer: sgd({ lr, momentum: 0.9 }),
  })

/** Compiled once: runs write it to folders of their own. */
const known = new Map<string, Bundle>()
function bundleOf(stepsPerRun: number, lr: number): Bundle {
  const key = `${stepsPerRun} ${lr}`
  const bundle = known.get(key) ?? compile(dense(lr), { stepsPerRun })
  known.set(key, bundle)
  return bundle
}

const given = (
  stepsPerRun: number,
  change: Partial<Omit<TrainOptions, 'bundle' | 'data'>> = {},
  lr = 0.1,
) => {
  const root = temporaryFolder()
  const bundle = join(root, 'bundle')
  writeBundle(bundle, bundleOf(stepsPerRun, lr))
  const data = writeTinyDataset(join(root, 'data'))
  const out = join(root, 'run')
  // A thread that prepares batches takes longer to start than these runs.
  const settings = { steps: STEPS, seed: 1, threads: 1, checkpointEvery: 6, prepareAhead: 0 }
  return { bundle, data, out, ...settings, ...change }
}

/** What a run leaves, but for its speed and the bundle that it was made with. */
const left = ({ out, bundle }: ReturnType<typeof given>) => {
  const { metrics, checkpoint } = runFiles(out)
  const lines = readMetrics(metrics).map(({ step, epoch, rate, losses }) => ({ step, epoch, rate, losses }))
  const { values, step } = loadCheckpoint(checkpoint, loadBundle(bundle))
  return { lines, step, values: [...values].map(([name, { data }]) => [name, Array.from(data, Number)]) }
}

describe('a training run', () => {
  const withSingleSteps = async () => {
    const one = given(1)
    await train(one)
    return left(one)
  }

  test.each([2, 4, 32])('of %i steps per run leaves what one of single steps leaves', async (stepsPerRun) => {
    const several = given(stepsPerRun)
    expect(await train(several)).toMatchObject({ step: STEPS, stopped: false })
    expect(left(several)).toEqual(await withSingleSteps())
    expect(left(several).lines).toHaveLength(STEPS)
  })

  test.each([1, 4, 5, 7, 10])('killed after step %i goes on to the same bits', async (step) => {
    const whole = given(4)
    await train(whole)
    const killed = given(4)
    const onProgress = (progress: Progress) => {
      if (progress.step === step) throw new Error('killed')
    }
    await expect(train({ ...killed, onProgress })).rejects.toThrow('killed')
    await train({ out: killed.out, resume: true, checkpointEvery: 6, threads: 1, prepareAhead: 0 })
    expect(left(killed)).toEqual(left(whole))
    expect(readFileSync(runFiles(killed.out).checkpoint)).toEqual(
      readFileSync(runFiles(whole.out).checkpoint),
    )
  })

  test('writes checkpoints after the steps that are asked for: a run of the graphs ends there', async () => {
    const options = given(4)
    const seen: number[] = []
    const onProgress = ({ step }: Progress) => {
      const { checkpoint } = runFiles(options.out)
      if (existsSync(checkpoint))
        seen.push(step - loadCheckpoint(checkpoint, loadBundle(options.bundle)).step)
    }
    await train({ ...options, checkpointEvery: 3, onProgress })
    expect(seen).toEqual([1, 2, 3, 1, 2, 3, 1, 2])
  })

  test('stopped, finishes its run of the graphs, writes a checkpoint and goes on to the same bits', async () => {
    const whole = given(4, { checkpointEvery: 100 })
    await train(whole)
    const options = given(4, { checkpointEvery: 100 })
    const stop = new AbortController()
    const onProgress = ({ step }: Progress) => {
      if (step === 2) stop.abort()
    }
    expect(await train({ ...options, signal: stop.signal, onProgress })).toMatchObject({
      step: 4,
      stopped: true,
    })
    await train({ out: options.out, resume: true, threads: 1, prepareAhead: 0 })
    expect(left(options)).toEqual(left(whole))
  })

  test('tells a loss that is not finite with its layer and step', async () => {
    const told = async (stepsPerRun: number) => {
      const options = given(stepsPerRun, { checkpointEvery: 100 }, 1e30)
      const error = await train(options).catch((reason: unknown) => String(reason))
      return { error, lines: readMetrics(runFiles(options.out).metrics).length }
    }
    const alone = await told(1)
    expect(alone.error).toMatch(/the loss of '\w+' is \S+ at step [2-4]/)
    expect(await told(8)).toEqual(alone)
  })

  test('of layers in two workers takes single steps of the same graphs', async () => {
    const options = given(4, { workers: 2 })
    await train(options)
    expect(left(options)).toEqual(await withSingleSteps())
  })
})

describe('a training run of a bundle for cuda, here on the CPU', () => {
  const bundles = new Map([1, 8].map((stepsPerRun) => [stepsPerRun, forCuda(stepsPerRun)]))
  const options = (stepsPerRun: number, change: Partial<Omit<TrainOptions, 'bundle' | 'data'>> = {}) => {
    const root = temporaryFolder()
    const bundle = join(root, 'bundle')
    writeBundle(bundle, found(bundles, stepsPerRun, 'a bundle'))
    const settings = { steps: STEPS, seed: 1, threads: 1, checkpointEvery: 6, prepareAhead: 0 }
    return {
      ...settings,
      bundle,
      data: writeTinyDataset(join(root, 'data')),
      out: join(root, 'run'),
      ...change,
    }
  }
  const alone = async () => {
    const one = options(1)
    await train(one)
    return left(one)
  }

  test('makes views in its one graph, and says how many steps its runs do', async () => {
    const notices: string[] = []
    const several = options(8, { onNotice: (notice) => notices.push(notice), steps: 40 })
    await train(several)
    expect(notices).toEqual([
      expect.stringMatching(/^\d+ steps? in a run of the graphs, which costs \S+ ms beside/),
    ])
  })

  test.each([
    ['of any length', {}],
    ['of the length that is asked for', { stepsPerRun: 3 }],
    ['with batches prepared in another thread', { stepsPerRun: 4, prepareAhead: 5 }],
  ])('leaves the same bits by runs %s', async (_, change) => {
    const several = options(8, change)
    await train(several)
    expect(left(several)).toEqual(await alone())
  })

  test.each([1, 5, 7])('killed after step %i goes on to the same bits', async (step) => {
    const killed = options(8, { stepsPerRun: 4 })
    const onProgress = (progress: Progress) => {
      if (progress.step === step) throw new Error('killed')
    }
    await expect(train({ ...killed, onProgress })).rejects.toThrow('killed')
    await train({ out: killed.out, resume: true, checkpointEvery: 6, threads: 1, prepareAhead: 0 })
    expect(left(killed)).toEqual(await alone())
  })

  test('is refused more steps per run than its graphs do, and leaves nothing', async () => {
    const several = options(8, { stepsPerRun: 9 })
    await expect(train(several)).rejects.toThrow(/stepsPerRun is 9.*at most 8 steps in a run/)
    expect(existsSync(runFiles(several.out).record)).toBe(false)
  })

  test('is not divided among workers, as its layers are one graph', async () => {
    await expect(train(options(8, { workers: 2 }))).rejects.toThrow(
      /2 workers for 1 training graph\n.*--no-fused/,
    )
  })
})

function forCuda(stepsPerRun: number): Bundle {
  const augmented = { ...dense(0.1), augment: [horizontalFlip(), randomInvert(0.5)] }
  return compile(augmented, { target: 'cuda', stepsPerRun })
}

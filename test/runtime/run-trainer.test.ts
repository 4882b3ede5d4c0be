import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Metrics } from '../../runtime/files/metrics-line.ts'
import { readMetrics } from '../../runtime/files/metrics.ts'
import { openRun, openRunCheckpoint, runFiles } from '../../runtime/files/run-folder.ts'
import { RunTrainer } from '../../runtime/train/run-trainer.ts'
import { train, type TrainOptions } from '../../runtime/train/train.ts'
import { clapp } from '../../rules/index.ts'
import { compile, flatten, layer, linear, local, program, sgd } from '../../src/index.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { tinyManifest, writeTinyBundle, writeTinyDataset } from './tiny-bundle.ts'

/** A run as a loop over its steps, which may be left. */

const STEPS = 10

const given = (change: Partial<TrainOptions> = {}): TrainOptions => {
  const root = temporaryFolder()
  const bundle = writeTinyBundle(join(root, 'bundle'), tinyManifest(0.05))
  const data = writeTinyDataset(join(root, 'data'))
  const settings = { steps: STEPS, seed: 1, threads: 1, prepareAhead: 0, checkpointEvery: 4 }
  return { bundle, data, out: join(root, 'run'), ...settings, ...change }
}

/** What a run leaves, but for its speed. */
const left = ({ out }: TrainOptions) => {
  const { metrics, checkpoint } = runFiles(out)
  const lines = readMetrics(metrics).map(({ step, epoch, rate, losses }) => ({ step, epoch, rate, losses }))
  return { lines, checkpoint: readFileSync(checkpoint) }
}

/** Steps that the checkpoint of a run knows of. */
function saved({ out }: TrainOptions): number | undefined {
  const open = openRunCheckpoint(openRun(out))
  open?.close()
  return open?.step
}

const isFree = ({ out }: TrainOptions): boolean => !existsSync(join(out, 'lock'))

/** On images of two pixels by two; its layers can be divided among workers, and several steps done in a run. */
const dense = program({
  name: 'dense',
  input: { channels: 1, size: 2, classes: 2 },
  batch: 2,
  encoder: [layer('first', flatten(), linear(3)), layer('second', linear(3))],
  learn: local(clapp()),
  optimizer: sgd({ lr: 0.01, momentum: 0.9 }),
})

/** Leaves the loop at a step. */
async function leaveAt(trainer: RunTrainer, at: number): Promise<Metrics | undefined> {
  for await (const line of trainer.run()) if (line.step === at) return line
  return undefined
}

test('a run gives each step as its line of metrics, and comes to the bits of train', async () => {
  const [whole, options] = [given(), given()]
  const summary = await train(whole)
  const trainer = new RunTrainer(options)
  const lines: Metrics[] = []
  for await (const line of trainer.run()) {
    expect(isFree(options)).toBe(false)
    lines.push(line)
  }
  expect(lines).toEqual(readMetrics(runFiles(options.out).metrics))
  expect(left(options)).toEqual(left(whole))
  expect(isFree(options)).toBe(true)
  const { step, totalSteps, newSteps, losses, stopped } = summary
  expect(trainer.summary).toMatchObject({ step, totalSteps, newSteps, losses, stopped })
})

describe('a run that is left', () => {
  test.each([1, 4, 6, STEPS])('at step %i has its checkpoint and no lock, and goes on', async (at) => {
    const [whole, options] = [given(), given()]
    await train(whole)
    const trainer = new RunTrainer(options)
    expect(await leaveAt(trainer, at)).toMatchObject({ step: at })
    expect(isFree(options)).toBe(true)
    expect(saved(options)).toBe(at)
    expect(trainer.summary).toMatchObject({ step: at, newSteps: at, stopped: at < STEPS })
    expect(await train({ ...options, resume: true })).toMatchObject({ step: STEPS, newSteps: STEPS - at })
    expect(left(options)).toEqual(left(whole))
  })

  test('goes on by the same trainer', async () => {
    const [whole, options] = [given(), given()]
    await train(whole)
    const trainer = new RunTrainer(options)
    await leaveAt(trainer, 3)
    const steps: number[] = []
    for await (const { step } of trainer.run()) steps.push(step)
    expect(steps).toEqual([4, 5, 6, 7, 8, 9, 10])
    expect(left(options)).toEqual(left(whole))
  })

  test('by an error has its checkpoint, too, and the error reaches who threw it', async () => {
    const options = given()
    const loop = async () => {
      for await (const { step } of new RunTrainer(options).run()) if (step === 5) throw new Error('enough')
    }
    await expect(loop()).rejects.toThrow('enough')
    expect([saved(options), isFree(options)]).toEqual([5, true])
  })

  test.each([{ stepsPerRun: 3 }, { workers: 2 }])(
    'does the steps under way, with %o',
    async ({ stepsPerRun = 1, workers }) => {
      const root = temporaryFolder()
      const bundle = compile(dense, { stepsPerRun })
      const data = writeTinyDataset(join(root, 'data'))
      const settings = { bundle, data, steps: 8, threads: 1, workers, prepareAhead: 0 }
      const [whole, options] = [
        { ...settings, out: join(root, 'whole') },
        { ...settings, out: join(root, 'left') },
      ]
      await train(whole)
      const trainer = new RunTrainer(options)
      await leaveAt(trainer, 2)
      expect(saved(options)).toBeGreaterThanOrEqual(2)
      expect(saved(options)).toBe(trainer.summary?.step)
      expect(readMetrics(runFiles(options.out).metrics)).toHaveLength(saved(options) ?? NaN)
      await train({ ...options, resume: true })
      expect(left(options)).toEqual(left(whole))
    },
  )
})

test('an AbortSignal ends a run with a checkpoint, and the summary says that it was stopped', async () => {
  const [whole, stop] = [given(), new AbortController()]
  await train(whole)
  const options = given({ signal: stop.signal })
  const onMetrics = ({ step }: Metrics) => {
    if (step === 6) stop.abort()
  }
  expect(await train({ ...options, onMetrics })).toMatchObject({ step: 6, stopped: true })
  expect([saved(options), isFree(options)]).toEqual([6, true])
  await train({ ...options, resume: true, signal: undefined })
  expect(left(options)).toEqual(left(whole))
})

test('one that is aborted before its first step does none, and can be gone on with', async () => {
  const options = given({ signal: AbortSignal.abort() })
  expect(await train(options)).toMatchObject({ step: 0, stopped: true })
  expect(isFree(options)).toBe(true)
  expect(await train({ ...options, resume: true, signal: undefined })).toMatchObject({ step: STEPS })
})

test('a callback hears each line of metrics once it is written', async () => {
  const options = given()
  const heard: Metrics[] = []
  await train({ ...options, onMetrics: (line) => heard.push(line) })
  expect(heard).toEqual(readMetrics(runFiles(options.out).metrics))
})

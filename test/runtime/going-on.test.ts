import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { UserError } from '../../src/base/error.ts'
import { at } from '../../src/base/lists.ts'
import { learningRate } from '../../runtime/batches/rate.ts'
import { bestCheckpoint, keptCheckpoints } from '../../runtime/files/kept.ts'
import { readMetrics } from '../../runtime/files/metrics.ts'
import { loadRunCheckpoint } from '../../runtime/files/run-checkpoint.ts'
import { openRun, runFiles } from '../../runtime/files/run-folder.ts'
import { keptFolder } from '../../runtime/files/run-files.ts'
import { train, type Progress, type TrainOptions } from '../../runtime/train/train.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { tinyManifest, writeTinyBundle, writeTinyDataset } from './tiny-bundle.ts'
import type { Rate } from '../../src/bundle/schema/rate.ts'

/** A run that is made longer, the checkpoints that it keeps, and going on from an older one. */

const constant: Rate = { kind: 'constant', lr: 0.05 }
const quick = { threads: 1, prepareAhead: 0 }

/** A run of the tiny bundle in a folder of its own. */
function given(change: Partial<TrainOptions> = {}, rate = constant) {
  const root = temporaryFolder()
  const manifest = tinyManifest()
  const bundle = writeTinyBundle(join(root, 'bundle'), { ...manifest, train: { ...manifest.train, rate } })
  const data = writeTinyDataset(join(root, 'data'))
  const out = join(root, 'run')
  return { bundle, data, out, steps: 12, seed: 1, checkpointEvery: 4, ...quick, ...change }
}

/** All that a run leaves, but for its speed and the time at which it was written. */
function left(out: string) {
  const files = runFiles(out)
  const read = (path: string) => (existsSync(path) ? readFileSync(path) : undefined)
  return {
    lines: readMetrics(files.metrics).map(({ step, rate, losses }) => ({ step, rate, losses })),
    checkpoint: read(files.checkpoint),
    best: read(files.best),
    kept: keptCheckpoints(out).map(({ step, path }) => ({ step, bytes: read(path) })),
    others: existsSync(keptFolder(out))
      ? readdirSync(keptFolder(out)).filter((name) => name.endsWith('.partial'))
      : [],
  }
}

class Killed extends Error {}
const killAfter =
  (step: number) =>
  (progress: Progress): void => {
    if (progress.step === step) throw new Killed()
  }
const killed = (options: TrainOptions, step: number) =>
  expect(train({ ...options, onProgress: killAfter(step) })).rejects.toThrow(Killed)
const resume = ({ out }: TrainOptions, change: Partial<TrainOptions> = {}) =>
  train({ out, resume: true, ...quick, ...change })

const refusal = async (action: Promise<unknown>): Promise<string> => {
  const error = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof UserError) return error.message
  throw error instanceof Error ? error : new Error('nothing was refused')
}

describe('a run that is made longer', () => {
  test('at a constant rate comes to the bits of one that was as long from the start', async () => {
    const [whole, longer] = [given(), given({ steps: 8 })]
    await train(whole)
    await train(longer)
    expect(await resume(longer, { steps: 12 })).toMatchObject({ step: 12, totalSteps: 12 })
    expect(left(longer.out)).toEqual(left(whole.out))
  })

  test.each([1, 5, 8, 9, 11])('before its end, and killed after step %i, too', async (step) => {
    const [whole, longer] = [given(), given({ steps: 10 })]
    await train(whole)
    await killed(longer, 7)
    if (step > 4)
      await expect(resume(longer, { steps: 12, onProgress: killAfter(step) })).rejects.toThrow(Killed)
    await resume(longer, { steps: 12 })
    expect(left(longer.out)).toEqual(left(whole.out))
  })

  test('in epochs, and says how long it was before', async () => {
    const run = given({ steps: undefined, epochs: 2 })
    await train(run)
    await resume(run, { epochs: 5 })
    const { record } = openRun(run.out)
    expect(record.totalSteps).toBe(10)
    expect(record.lengths).toEqual([
      { steps: 4, from: 0 },
      { steps: 10, from: 4 },
    ])
    // Without a length it keeps the one that it has.
    expect(await resume(run)).toMatchObject({ step: 10, totalSteps: 10 })
    expect(openRun(run.out).record).toEqual(record)
  })

  test('takes its schedule over the new length from there on; what was done stays done', async () => {
    const rate: Rate = { kind: 'cosine', lr: 0.1, warmup: 0.25, final: 0.1 }
    const run = given({ steps: 8 }, rate)
    await train(run)
    await resume(run, { steps: 16 })
    expect(left(run.out).lines.map((line) => line.rate)).toEqual(
      Array.from({ length: 16 }, (_, step) => learningRate(rate, step, step < 8 ? 8 : 16)),
    )
  })

  test('may be shortened to what is done, and no further', async () => {
    const run = given()
    await killed(run, 9)
    expect(await refusal(resume(run, { steps: 7 }))).toContain(
      'has done 8 steps, and cannot be shortened to 7',
    )
    expect(openRun(run.out).record.totalSteps).toBe(12)
    expect(await resume(run, { steps: 8 })).toMatchObject({ step: 8, totalSteps: 8, stopped: false })
  })
})

describe('checkpoints that are kept', () => {
  test('are the last ones, by number', async () => {
    const run = given({ steps: 18, keep: 3 })
    await train(run)
    const { checkpoint, kept } = left(run.out)
    expect(kept.map(({ step }) => step)).toEqual([12, 16, 18])
    expect(kept.at(-1)?.bytes).toEqual(checkpoint)
    expect(loadRunCheckpoint(openRun(run.out), 16).step).toBe(16)
    expect(() => loadRunCheckpoint(openRun(run.out), 8)).toThrow('has no checkpoint of step 8')
  })

  test('and the best are the same, killed at any step and resumed, and however often', async () => {
    const kept = { keep: 2, keepBest: 'loss' }
    const whole = given(kept)
    await train(whole)
    expect(left(whole.out).kept).toHaveLength(2)
    for (let step = 1; step < 12; step++) {
      const run = given(kept)
      await killed(run, step)
      await expect(resume(run, { onProgress: killAfter(step + 1) })).rejects.toThrow(Killed)
      await resume(run)
      expect(left(run.out), `killed after step ${step}`).toEqual(left(whole.out))
    }
  })

  test('are the same where a run is stopped between two of them', async () => {
    const kept = { keep: 2, keepBest: 'second.loss' }
    const [whole, run] = [given(kept), given(kept)]
    await train(whole)
    const stop = new AbortController()
    const onProgress = ({ step }: Progress) => {
      if (step === 6) stop.abort()
    }
    await train({ ...run, signal: stop.signal, onProgress })
    expect(keptCheckpoints(run.out).map(({ step }) => step)).toEqual([4])
    await resume(run)
    expect(left(run.out)).toEqual(left(whole.out))
  })

  test.each([
    ['loss', ({ first, second }: Record<string, number>) => (Number(first) + Number(second)) / 2],
    ['second.loss', ({ second }: Record<string, number>) => Number(second)],
  ] as const)('by the smallest %s: the mean since the one before', async (keepBest, of) => {
    // A rate at which the loss goes up and down.
    const run = given({ steps: 24, keepBest }, { kind: 'constant', lr: 0.2 })
    await train(run)
    const means = Array.from({ length: 6 }, (_, i) =>
      left(run.out)
        .lines.slice(4 * i, 4 * i + 4)
        .reduce((sum, { losses }) => sum + of(losses) / 4, 0),
    )
    const best = bestCheckpoint(run.out)
    expect(best?.step).toBe(4 * (means.indexOf(Math.min(...means)) + 1))
    expect(best?.value).toBeCloseTo(Math.min(...means), 12)
    expect(loadRunCheckpoint(openRun(run.out), 'best').step).toBe(best?.step)
  })

  test('by a metric that training gives', async () => {
    expect(await refusal(train(given({ keepBest: 'secnd.loss' })))).toContain("did you mean 'second.loss'?")
    const run = given({ steps: 4 })
    await train(run)
    expect(await refusal(resume(run, { steps: 8, keepBest: 'accuracy' }))).toContain(
      'there are loss, first.loss',
    )
    expect(() => loadRunCheckpoint(openRun(run.out), 'best')).toThrow('has kept no best checkpoint')
  })

  test('leave what is not theirs', async () => {
    const run = given({ keep: 1 })
    await train(run)
    const mine = join(keptFolder(run.out), 'notes.txt')
    writeFileSync(mine, 'mine')
    await resume(run, { steps: 16 })
    expect(readFileSync(mine, 'utf8')).toBe('mine')
  })
})

describe('going on from an older checkpoint', () => {
  test('comes to the same bits again, and gives up what came later', async () => {
    const kept = { keep: 3, keepBest: 'loss' }
    const run = given(kept)
    await train(run)
    const before = left(run.out)
    await expect(resume(run, { fromStep: 4, onProgress: killAfter(5) })).rejects.toThrow(Killed)
    expect(left(run.out).kept.map(({ step }) => step)).toEqual([4])
    expect(loadRunCheckpoint(openRun(run.out)).step).toBe(4)
    await resume(run)
    expect(left(run.out)).toEqual(before)
  })

  test('with another length forgets the length that those steps had', async () => {
    const run = given({ keep: 4, steps: 8 })
    await train(run)
    await resume(run, { steps: 12 })
    await resume(run, { fromStep: 4, steps: 16 })
    expect(openRun(run.out).record.lengths).toEqual([
      { steps: 8, from: 0 },
      { steps: 16, from: 4 },
    ])
    const whole = given({ keep: 4, steps: 16 })
    await train(whole)
    const [{ checkpoint, lines }, wanted] = [left(run.out), left(whole.out)]
    expect({ checkpoint, lines }).toEqual({ checkpoint: wanted.checkpoint, lines: wanted.lines })
  })

  test('of which there is none is refused with those that there are', async () => {
    const run = given({ keep: 2 })
    await train(run)
    const message = await refusal(resume(run, { fromStep: 5 }))
    expect(message).toContain('has no checkpoint of step 5')
    expect(message).toContain('steps 8, 12')
    expect(loadRunCheckpoint(openRun(run.out)).step).toBe(12)
  })

  test('that is damaged leaves the run as it is', async () => {
    const run = given({ keep: 2 })
    await train(run)
    const { path } = at(keptCheckpoints(run.out), 0)
    const bytes = readFileSync(path)
    rmSync(path)
    writeFileSync(path, bytes.subarray(0, -3))
    const before = left(run.out)
    await refusal(resume(run, { fromStep: 8 }))
    expect(left(run.out)).toEqual(before)
  })
})

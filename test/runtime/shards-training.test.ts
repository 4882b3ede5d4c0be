import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { loadCheckpoint } from '../../runtime/files/checkpoint.ts'
import { readMetrics } from '../../runtime/files/metrics.ts'
import { readRecord } from '../../runtime/files/run-record.ts'
import { runFiles } from '../../runtime/files/run-folder.ts'
import { train, type Progress, type TrainOptions } from '../../runtime/train/train.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { writeTinyBundle, writeTinyDataset } from './tiny-bundle.ts'
import { writeTinyShardedBundle } from './tiny-shards.ts'

const given = (change: Partial<Omit<TrainOptions, 'bundle' | 'data'>> = {}) => {
  const root = temporaryFolder()
  const bundle = writeTinyShardedBundle(join(root, 'bundle'), 4)
  const data = writeTinyDataset(join(root, 'data'))
  const settings = { steps: 12, seed: 1, threads: 1, checkpointEvery: 4, prepareAhead: 0 }
  return { root, options: { bundle, data, out: join(root, 'run'), ...settings, ...change } }
}

/** What a run leaves, but for its speed. */
const left = (folder: string) => {
  const { metrics, checkpoint } = runFiles(folder)
  const lines = readMetrics(metrics).map(({ step, epoch, rate, losses }) => ({ step, epoch, rate, losses }))
  return { lines, checkpoint: readFileSync(checkpoint) }
}

const inTurn = async () => {
  const { options } = given({ parallel: 'none' })
  await train(options)
  return left(options.out)
}

const dealt = { parallel: 'shards' as const, workers: 3 }

describe('a run of shards in threads', () => {
  test('leaves the bits and lines of the shards in turn, and says in its record who ran them', async () => {
    const { options } = given(dealt)
    expect(await train(options)).toMatchObject({ step: 12, stopped: false })
    expect(left(options.out)).toEqual(await inTurn())
    expect(readRecord(options.out)).toMatchObject({ parallel: 'shards', threads: 1 })
  })

  test.each([1, 4, 11])('killed after step %i goes on to the same bits, also in turn', async (step) => {
    const { options } = given(dealt)
    const onProgress = (progress: Progress) => {
      if (progress.step === step) throw new Error('killed')
    }
    await expect(train({ ...options, onProgress })).rejects.toThrow('killed')
    const parallel = step === 4 ? ('none' as const) : undefined
    await train({ out: options.out, resume: true, prepareAhead: 0, parallel })
    expect(left(options.out)).toEqual(await inTurn())
  })

  test('stopped, finishes the steps under way, writes a checkpoint of them and goes on', async () => {
    const { options } = given({ ...dealt, checkpointEvery: 100 })
    const stop = new AbortController()
    const onProgress = ({ step }: Progress) => {
      if (step === 5) stop.abort()
    }
    const { step, stopped } = await train({ ...options, signal: stop.signal, onProgress })
    expect(stopped).toBe(true)
    expect(loadCheckpoint(runFiles(options.out).checkpoint, loadBundle(options.bundle))).toMatchObject({
      step,
    })
    await train({ out: options.out, resume: true, prepareAhead: 0 })
    expect(left(options.out).checkpoint).toEqual((await inTurn()).checkpoint)
  })

  test('is not gone on with on whole batches, nor the other way round: the bits would be others', async () => {
    const { options } = given({ steps: 4 })
    await train(options)
    const dealtNow = train({ out: options.out, resume: true, steps: 8, parallel: 'none' })
    await expect(dealtNow).rejects.toThrow(
      `${options.out} was started on whole batches, and cannot go on in shards of the batch\n  A resumed run keeps that: leave --parallel out, give threads or pipeline, or start a new run.`,
    )
    const { options: shards } = given({ ...dealt, steps: 4 })
    await train(shards)
    const wholeNow = train({ out: shards.out, resume: true, steps: 8, parallel: 'pipeline' })
    await expect(wholeNow).rejects.toThrow('cannot go on on whole batches')
  })

  test('lets its batches be prepared ahead, to the same bits', async () => {
    const { options } = given({ ...dealt, prepareAhead: 3 })
    await train(options)
    expect(left(options.out)).toEqual(await inTurn())
  })

  test.each([
    ['of a bundle without shards', {}, /'tiny' is not compiled for shards[^]*--shards 2/],
    ['with more workers than shards', { workers: 5 }, /5 workers for 4 shards[^]*--shards 5/],
    [
      'in turn by several workers',
      { parallel: 'none' as const, workers: 2 },
      /workers is 2, and parallel 'none'/,
    ],
  ])('%s is refused', async (what, change, problem) => {
    const { root, options } = given({ ...dealt, ...change })
    const bundle = what.includes('without') ? writeTinyBundle(join(root, 'plain')) : options.bundle
    await expect(train({ ...options, bundle })).rejects.toThrow(problem)
  })
})

import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { BatchesAhead } from '../../runtime/batches/ahead/batches-ahead.ts'
import { BatchSource, type SourceOptions } from '../../runtime/batches/batch-source.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { sharedRows } from '../../runtime/batches/ahead/shared-rows.ts'
import { subset, type Dataset } from '../../runtime/data/dataset.ts'
import { isStored } from '../../runtime/data/stored/is-stored.ts'
import { loadCheckpoint } from '../../runtime/files/checkpoint.ts'
import { openDataset } from '../../runtime/data/open.ts'
import { readMetrics } from '../../runtime/files/metrics.ts'
import { runFiles } from '../../runtime/files/run-folder.ts'
import { train, type Progress, type TrainOptions } from '../../runtime/train/train.ts'
import { Trainer } from '../../runtime/train/trainer.ts'
import { buffersOf } from '../../runtime/workers/thread/buffers.ts'
import { startThread } from '../../runtime/workers/thread/thread.ts'
import { UserError } from '../../src/base/error.ts'
import { IDX_NAMES } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { tinyDataset, tinyManifest, writeTinyBundle, writeTinyDataset } from './tiny-bundle.ts'

/** Batches are prepared ahead in a thread, to the same bits. */

const STEPS = 7
const options = (change: Partial<SourceOptions> = {}, manifest: unknown = tinyManifest()): SourceOptions => {
  const bundle = loadBundle(writeTinyBundle(join(temporaryFolder(), 'bundle'), manifest))
  return { bundle, dataset: tinyDataset(), seed: 3, totalSteps: STEPS, ...change }
}
const source = async (given: SourceOptions): Promise<BatchSource> => {
  const made = await BatchSource.create(given)
  onTestFinished(() => made.release())
  return made
}
const batches = async (from: BatchSource, steps: readonly number[]) => {
  const found = []
  for (const step of steps) found.push(await from.prepare(step))
  return found
}
const all = Array.from({ length: STEPS }, (_, step) => step)

/** Counts what the thread is asked for: every order looks up the numbers of its step. */
async function counted(ahead: number, totalSteps = STEPS) {
  const given = options()
  const orders: number[] = []
  const numbers = (step: number) => {
    orders.push(step)
    return { rate: 0, average: 0 }
  }
  const made = await BatchesAhead.create({ ...given, totalSteps, ahead, numbers })
  onTestFinished(() => made.release())
  return { orders, made }
}

describe('batches prepared ahead', () => {
  test.each([1, 2, 5, 100])('by %i are the same bits as each in its turn', async (prepareAhead) => {
    const inTurn = await batches(await source(options()), all)
    expect(await batches(await source(options({ prepareAhead })), all)).toEqual(inTurn)
  })

  test('may be asked for out of order, again, and several at a time', async () => {
    const steps = [0, 0, 5, 6, 1, 2, 1]
    const inTurn = await batches(await source(options()), steps)
    const ahead = await source(options({ prepareAhead: 2 }))
    expect(await batches(ahead, steps)).toEqual(inTurn)
    const together = await Promise.all([3, 4, 5].map((step) => ahead.prepare(step)))
    expect(together).toEqual(await batches(await source(options()), [3, 4, 5]))
  })

  test('are no more than asked for ahead, and none after the last step', async () => {
    const { orders, made } = await counted(2)
    await made.prepare(0)
    expect(orders).toEqual([0, 1, 2])
    await made.prepare(1)
    expect(orders).toEqual([0, 1, 2, 3])
    for (const step of all.slice(2)) await made.prepare(step)
    expect(orders).toEqual(all)
  })

  test('are ready while this thread does not listen', async () => {
    const { made } = await counted(2)
    await made.prepare(0)
    const end = performance.now() + 500
    while (performance.now() < end);
    await setImmediate()
    const start = performance.now()
    await made.prepare(1)
    expect(performance.now() - start).toBeLessThan(100)
  })

  test('are handed over, not copied', async () => {
    const inputs = await (await source(options())).prepare(0)
    const bytes = Object.values(inputs).map(({ data }) => data.byteLength)
    expect(bytes.every((length) => length > 0)).toBe(true)
    structuredClone(inputs, { transfer: buffersOf(inputs) })
    expect(Object.values(inputs).map(({ data }) => data.byteLength)).toEqual(bytes.map(() => 0))
  })

  test('take nothing of the time that the training thread spends in onnxruntime', async () => {
    const [inTurn, ahead] = [await source(options()), await source(options({ prepareAhead: 1 }))]
    for (const each of [inTurn, ahead]) await batches(each, all)
    expect(inTurn.runMilliseconds).toBeGreaterThan(0)
    expect(ahead.runMilliseconds).toBe(0)
  })
})

describe('the data set', () => {
  const sources = (dataset: Dataset) =>
    isStored(dataset) ? dataset.stored.pieces.map(({ source }) => source) : []

  test('stays in its files, which the thread reads on its own', async () => {
    const folder = writeTinyDataset(temporaryFolder())
    const opened = await openDataset(folder, 'train')
    expect(sources(opened)).toMatchObject([{ path: join(folder, IDX_NAMES.trainImages) }])
    expect(sharedRows(opened).stored).toEqual(isStored(opened) && opened.stored)
  })

  test('that was unpacked is in memory that threads share, and not copied', async () => {
    const folder = writeTinyDataset(temporaryFolder())
    const path = join(folder, IDX_NAMES.trainImages)
    writeFileSync(path, gzipSync(readFileSync(path)))
    const opened = await openDataset(folder, 'train')
    const [source] = sources(opened)
    expect(source instanceof Uint8Array && source.buffer).toBeInstanceOf(SharedArrayBuffer)
    expect(sharedRows(opened).stored?.pieces.map((piece) => piece.source)[0]).toBe(source)
  })

  test('may be some of the images of another one, in another order', async () => {
    const some = subset(tinyDataset(), Uint32Array.of(9, 2, 2, 7, 0))
    const inTurn = await batches(await source(options({ dataset: some })), all)
    expect(await batches(await source(options({ dataset: some, prepareAhead: 2 })), all)).toEqual(inTurn)
  })
})

describe('what goes wrong', () => {
  /** Draws of a kind that a batch of one image refuses. */
  const refusing = () => {
    const manifest = tinyManifest()
    const { draws } = manifest.augment
    const negatives = {
      kind: 'negatives' as const,
      name: 'other',
      type: 'int64' as const,
      shape: [1, 1],
      images: 1,
    }
    return { ...manifest, augment: { ...manifest.augment, draws: [...draws, negatives] } }
  }

  test('in the thread is told as it is without it, and every batch after it too', async () => {
    const told = async (prepareAhead: number) => {
      const given = options({ prepareAhead })
      const bundle = { ...given.bundle, manifest: refusing() }
      const made = await source({ ...given, bundle })
      const error = await made.prepare(0).catch((reason: unknown) => reason)
      await expect(made.prepare(1)).rejects.toThrow(UserError)
      return error
    }
    const [inTurn, ahead] = [await told(0), await told(2)]
    expect(ahead).toBeInstanceOf(UserError)
    expect(ahead).toMatchObject({ name: 'BatchError', message: (inTurn as UserError).message })
  })

  test('with the data set is told before a thread is started', async () => {
    const dataset: Dataset = { ...tinyDataset(), shape: [1, 3, 2] }
    await expect(source(options({ dataset, prepareAhead: 1 }))).rejects.toThrow(/halves has 1×3×2/)
  })

  test('and is a bug of ours is told with whose thread it was, and its stack there', async () => {
    const failed = new Promise<Error>((resolve) => {
      const thread = startThread({
        who: 'the worker of something',
        module: new URL('../../runtime/workers/parts/part.ts', import.meta.url),
        plan: {},
        onAnswer: () => undefined,
        onFailure: resolve,
      })
      onTestFinished(() => thread.stop())
    })
    const error = await failed
    expect(error).not.toBeInstanceOf(UserError)
    expect(error.message).toMatch(/^the worker of something failed: /)
    expect(error.stack).toMatch(/parts\/part\.[jt]s/)
  })

  test('with the training graphs ends the thread as well', async () => {
    const released = vi.spyOn(BatchesAhead.prototype, 'release')
    onTestFinished(() => {
      released.mockRestore()
    })
    const path = join(temporaryFolder(), 'gone.safetensors')
    const checkpoint = { path, file: openSync(path, 'w+') }
    await expect(Trainer.create({ ...options({ prepareAhead: 1 }), checkpoint })).rejects.toThrow(
      /gone.safetensors is not a sound safetensors file/,
    )
    expect(released).toHaveBeenCalledOnce()
  })

  test('or ends early while batches are under way leaves nothing waiting', async () => {
    const { made } = await counted(100, 1000)
    await made.prepare(0)
    const ended = made.release().then(() => 'ended')
    expect(await Promise.race([ended, setTimeout(10_000, 'still there')])).toBe('ended')
  })
})

describe('training with batches ahead', () => {
  const given = (change: Partial<Omit<TrainOptions, 'bundle' | 'data'>> = {}) => {
    const root = temporaryFolder()
    const bundle = writeTinyBundle(join(root, 'bundle'))
    const data = writeTinyDataset(join(root, 'data'))
    return {
      bundle,
      data,
      out: join(root, 'run'),
      steps: 12,
      seed: 1,
      threads: 1,
      checkpointEvery: 4,
      ...change,
    }
  }
  const left = (folder: string) => {
    const { metrics, checkpoint } = runFiles(folder)
    const lines = readMetrics(metrics).map(({ step, rate, losses }) => ({ step, rate, losses }))
    return { lines, checkpoint: readFileSync(checkpoint) }
  }
  const inTurn = async () => {
    const settings = given({ prepareAhead: 0 })
    await train(settings)
    return left(settings.out)
  }

  test('leaves the same bits and lines as without', async () => {
    const settings = given()
    await train(settings)
    expect(left(settings.out)).toEqual(await inTurn())
  })

  test('killed, goes on to the same bits from the step that it had reached', async () => {
    const settings = given({ prepareAhead: 3 })
    const onProgress = ({ step }: Progress) => {
      if (step === 6) throw new Error('killed')
    }
    await expect(train({ ...settings, onProgress })).rejects.toThrow('killed')
    await train({ out: settings.out, resume: true, checkpointEvery: 4, threads: 1, prepareAhead: 1 })
    expect(left(settings.out)).toEqual(await inTurn())
  })

  test('stopped, ends after the step under way with a checkpoint', async () => {
    const settings = given({ checkpointEvery: 100 })
    const stop = new AbortController()
    const onProgress = ({ step }: Progress) => {
      if (step === 5) stop.abort()
    }
    expect(await train({ ...settings, signal: stop.signal, onProgress })).toMatchObject({
      step: 5,
      stopped: true,
    })
    const { checkpoint } = runFiles(settings.out)
    expect(existsSync(checkpoint)).toBe(true)
    expect(loadCheckpoint(checkpoint, loadBundle(settings.bundle))).toMatchObject({ step: 5 })
  })
})

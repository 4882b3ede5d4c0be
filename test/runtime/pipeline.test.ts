import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { compile, conv, global, layer, local, program, relu, sgd, writeBundle } from '../../src/index.ts'
import { clapp, clappDirectFeedback } from '../../rules/index.ts'
import { BatchSource } from '../../runtime/batches/batch-source.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { loadCheckpoint } from '../../runtime/files/checkpoint.ts'
import { openDataset } from '../../runtime/data/open.ts'
import { readMetrics } from '../../runtime/files/metrics.ts'
import { balance, divide, requireDivisible } from '../../runtime/workers/pipeline/groups.ts'
import { Pipeline } from '../../runtime/workers/pipeline/pipeline.ts'
import { startParts } from '../../runtime/workers/parts/parts.ts'
import { writeSafetensors } from '../../runtime/files/safetensors.ts'
import { runFiles } from '../../runtime/files/run-folder.ts'
import { sealed } from '../../runtime/files/sealed.ts'
import { train, type Progress, type TrainOptions } from '../../runtime/train/train.ts'
import type { Graph } from '../../src/bundle/schema/graph.ts'
import { tinyPools, tinyProgram } from '../support/programs.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { tinyManifest, writeTinyBundle, writeTinyDataset } from './tiny-bundle.ts'

const given = (change: Partial<Omit<TrainOptions, 'bundle' | 'data'>> = {}, lr = 0.05) => {
  const root = temporaryFolder()
  const bundle = writeTinyBundle(join(root, 'bundle'), tinyManifest(lr))
  const data = writeTinyDataset(join(root, 'data'))
  const settings = { steps: 12, seed: 1, threads: 1, checkpointEvery: 4, workers: 2, prepareAhead: 0 }
  return { root, options: { bundle, data, out: join(root, 'run'), ...settings, ...change } }
}

/** What a run leaves, but for its speed. */
const left = (folder: string) => {
  const { metrics, checkpoint } = runFiles(folder)
  const lines = readMetrics(metrics).map(({ step, epoch, rate, losses }) => ({ step, epoch, rate, losses }))
  return { lines, checkpoint: readFileSync(checkpoint) }
}

const withOneWorker = async () => {
  const { options } = given({ workers: 1 })
  await train(options)
  return left(options.out)
}

describe('a pipeline of two workers', () => {
  test('leaves the same bits and lines as one worker', async () => {
    const { options } = given()
    expect(await train(options)).toMatchObject({ step: 12, stopped: false })
    expect(left(options.out)).toEqual(await withOneWorker())
  })

  test.each([1, 4, 6, 11])('killed after step %i goes on to the same bits', async (step) => {
    const { options } = given()
    const onProgress = (progress: Progress) => {
      if (progress.step === step) throw new Error('killed')
    }
    await expect(train({ ...options, onProgress })).rejects.toThrow('killed')
    await train({
      out: options.out,
      resume: true,
      prepareAhead: 0,
      checkpointEvery: 4,
      threads: 1,
      workers: 2,
    })
    expect(left(options.out)).toEqual(await withOneWorker())
  })

  test('stopped, finishes the steps under way, writes a checkpoint of them and goes on', async () => {
    const { options } = given({ checkpointEvery: 100 })
    const stop = new AbortController()
    const onProgress = ({ step }: Progress) => {
      if (step === 5) stop.abort()
    }
    const { step, stopped } = await train({ ...options, signal: stop.signal, onProgress })
    expect(stopped).toBe(true)
    expect(step).toBeGreaterThanOrEqual(5)
    expect(step).toBeLessThan(12)
    const { checkpoint } = runFiles(options.out)
    expect(loadCheckpoint(checkpoint, loadBundle(options.bundle))).toMatchObject({ step })
    await train({ out: options.out, resume: true, prepareAhead: 0, threads: 1 })
    expect(left(options.out).checkpoint).toEqual((await withOneWorker()).checkpoint)
  })

  test('tells a loss that is not finite with its layer and step', async () => {
    const { options } = given({ checkpointEvery: 1 }, 1e25)
    await expect(train(options)).rejects.toThrow(/'first' is Infinity at step 2/)
    expect(readMetrics(runFiles(options.out).metrics)).toHaveLength(1)
  })

  test('reports a worker that fails with its layers', async () => {
    const { options } = given()
    const bundle = loadBundle(options.bundle)
    const parts = divide(bundle.manifest.train, new Map(), 2)
    const without = join(temporaryFolder(), 'without.safetensors')
    writeSafetensors(without, [], sealed([], {}))
    const checkpoint = { path: without, file: openSync(without, 'r') }
    const wanted = parts.map((section, i) => ({
      ...{ who: `the worker of part ${i}`, section, session: {} },
      next: i === 0 ? 1 : undefined,
    }))
    const begun = startParts(bundle, { parts: wanted, start: { seed: 1, checkpoint } })
    await expect(begun).rejects.toThrow(/the worker of part [01] failed: no value for parameter/)
    closeSync(checkpoint.file)
  })

  test('lets its batches be prepared ahead, to the same bits', async () => {
    const { options } = given({ prepareAhead: 3 })
    await train(options)
    expect(left(options.out)).toEqual(await withOneWorker())
  })

  test('that cannot start leaves no thread behind that prepares batches', async () => {
    const { options } = given()
    const dataset = await openDataset(options.data, 'train')
    const released = vi.spyOn(BatchSource.prototype, 'release')
    const bundle = loadBundle(options.bundle)
    const graph = (wanted: Graph) => {
      if (wanted.name === 'second') throw new Error('second is gone')
      return bundle.graph(wanted)
    }
    const settings = { bundle: { ...bundle, graph }, dataset, seed: 0, totalSteps: 4, prepareAhead: 1 }
    await expect(Pipeline.create(settings, 2)).rejects.toThrow('second is gone')
    expect(released).toHaveBeenCalledOnce()
  })

  test('is refused where there are fewer graphs than workers', async () => {
    const { options } = given({ workers: 3 })
    await expect(train(options)).rejects.toThrow(/3 workers for 2 training graphs[^]*at most --workers 2/)
  })
})

test('activity that skips layers travels with its batch: three workers leave the bits of one', async () => {
  const root = temporaryFolder()
  const data = writeTinyDataset(join(root, 'data'))
  const skipping = program({
    input: { channels: 1, size: 2 },
    batch: 4,
    encoder: [
      layer('a', conv(2), relu()),
      layer('b', conv(2), relu()),
      layer('c', { from: ['a', 'b'] }, conv(2), relu()),
      layer('d', { from: ['input', 'c', 'a'] }, conv(2), relu()),
    ],
    learn: local(clapp({ pool: 1 })),
    optimizer: sgd({ lr: 0.1 }),
  })
  const bundle = join(root, 'bundle')
  writeBundle(bundle, compile(skipping))
  const settings = { bundle, data, steps: 4, seed: 1, threads: 1, checkpointEvery: 4, prepareAhead: 0 }
  for (const workers of [1, 3]) await train({ ...settings, workers, out: join(root, `${workers}`) })
  expect(left(join(root, '3'))).toEqual(left(join(root, '1')))
})

describe('what cannot work on different batches is told', () => {
  const sectionOf = (learn: Parameters<typeof tinyProgram>[0]) => compile(tinyProgram(learn)).manifest.train

  test('where layers read activity from above', () => {
    const section = sectionOf({ learn: local(clappDirectFeedback(tinyPools)) })
    expect(() => divide(section, new Map(), 2)).toThrow(
      /'conv1\.learn' changes conv1\.weight, which 'conv1\.forward' needs[^]*reads activity from above/,
    )
  })

  test('where backpropagation is one graph', () => {
    const section = sectionOf({ learn: global(clapp()) })
    expect(() => divide(section, new Map(), 2)).toThrow(/2 workers for 1 training graph[^]*--threads/)
    expect(() => {
      requireDivisible(section, 2, '--layers-on')
    }).toThrow(
      /^2 groups of layers for 1 training graph\n[^]*under backpropagation[^]*leave --on and --layers-on out/,
    )
  })
})

describe('graphs are shared out', () => {
  test('in order, each once, with all that they keep', () => {
    const section = compile(tinyProgram()).manifest.train
    const times = new Map([
      ['conv1', 1],
      ['conv2', 2],
      ['conv3', 3],
    ])
    const parts = divide(section, times, 2)
    expect(parts.map(({ schedule }) => schedule.map(({ graph }) => graph))).toEqual([
      ['conv1', 'conv2'],
      ['conv3'],
    ])
    const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name).sort()
    expect(names(parts.flatMap(({ parameters }) => parameters))).toEqual(names(section.parameters))
    expect(names(parts.flatMap(({ states }) => states))).toEqual(names(section.states))
    expect(parts[0]?.schedule.at(-1)?.drop).not.toContain('conv2.out')
  })

  test('so that the slowest part is as fast as can be', () => {
    const cuts = (length: number, parts: number): number[][] =>
      parts === 1
        ? [[length]]
        : Array.from({ length: length - parts + 1 }, (_, i) => i + 1).flatMap((size) =>
            cuts(length - size, parts - 1).map((rest) => [size, ...rest]),
          )
    const slowest = (times: readonly number[], sizes: readonly number[]) => {
      let start = 0
      return Math.max(
        ...sizes.map((size) => times.slice(start, (start += size)).reduce((sum, time) => sum + time, 0)),
      )
    }
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 7 }),
        fc.integer({ min: 1, max: 7 }),
        (times, wanted) => {
          const parts = Math.min(wanted, times.length)
          const sizes = balance(times, parts)
          const best = Math.min(...cuts(times.length, parts).map((each) => slowest(times, each)))
          expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(times.length)
          expect(sizes.every((size) => size > 0)).toBe(true)
          expect(slowest(times, sizes)).toBe(best)
        },
      ),
    )
  })

  test('of many graphs in many parts at once', () => {
    const times = Array.from({ length: 96 }, (_, i) => 1 + ((7 * i) % 5))
    const sizes = balance(times, 48)
    expect(sizes).toHaveLength(48)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(96)
  })
})

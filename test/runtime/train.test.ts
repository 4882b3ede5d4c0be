import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readMetrics } from '../../runtime/files/metrics.ts'
import { openRun, openRunCheckpoint, runFiles } from '../../runtime/files/run-folder.ts'
import { train } from '../../runtime/train/train.ts'
import type { Progress, TrainOptions } from '../../runtime/train/train.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { loadCheckpoint } from '../../runtime/files/checkpoint.ts'
import { UserError } from '../../src/base/error.ts'
import { mistakeOf } from '../support/refusal.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { tinyManifest, writeTinyBundle, writeTinyDataset } from './tiny-bundle.ts'

const STEPS = 12

interface Given {
  readonly root: string
  readonly options: Omit<TrainOptions, 'bundle' | 'data'> & { readonly bundle: string; readonly data: string }
}
const given = (change: Partial<Omit<TrainOptions, 'bundle' | 'data'>> = {}, lr = 0.05): Given => {
  const root = temporaryFolder()
  const bundle = writeTinyBundle(join(root, 'bundle'), tinyManifest(lr))
  const data = writeTinyDataset(join(root, 'data'))
  // A thread that prepares batches takes longer to start than these runs; test/runtime/ahead.test.ts is about it.
  const settings = { steps: STEPS, seed: 1, threads: 1, prepareAhead: 0 }
  return {
    root,
    options: { bundle, data, out: join(root, 'run'), ...settings, ...change },
  }
}

/** What a run leaves, but for its speed. */
const left = (folder: string) => {
  const { metrics, checkpoint } = runFiles(folder)
  const lines = readMetrics(metrics).map(({ step, epoch, rate, losses }) => ({ step, epoch, rate, losses }))
  return { lines, checkpoint: readFileSync(checkpoint) }
}

/** Ends the run as a kill would: the error is thrown in the middle, nothing more is written. */
class Killed extends Error {}
const killAfter =
  (step: number) =>
  (progress: Progress): void => {
    if (progress.step === step) throw new Killed()
  }

describe('training', () => {
  test('lowers the loss of both layers and says so', async () => {
    const { options } = given({ steps: 40 })
    const summary = await train(options)
    const { lines } = left(options.out)
    expect(summary).toMatchObject({ step: 40, totalSteps: 40, stopped: false })
    expect(summary.losses).toEqual(lines.at(-1)?.losses)
    for (const layer of ['first', 'second'])
      expect(lines.at(-1)?.losses[layer]).toBeLessThan((lines[0]?.losses[layer] ?? 0) / 2)
  })

  test('writes one line of metrics a step', async () => {
    const { options } = given()
    await train(options)
    const { lines } = left(options.out)
    expect(lines.map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1))
    expect(lines[0]?.rate).toBe(0.05)
    expect(lines.at(-1)?.rate).toBeLessThan(0.002)
  })

  test('gives the same bits for the same seed, and others for another', async () => {
    const [one, same, other] = [given(), given(), given({ seed: 2 })]
    for (const { options } of [one, same, other]) await train(options)
    expect(left(same.options.out)).toEqual(left(one.options.out))
    expect(left(other.options.out).checkpoint).not.toEqual(left(one.options.out).checkpoint)
  })

  test('counts epochs in whole batches', async () => {
    const { options } = given()
    // Ten images are two batches of four.
    expect(await train({ ...options, steps: undefined, epochs: 3 })).toMatchObject({ step: 6, totalSteps: 6 })
  })

  test('keeps all that is needed to go on in the folder of the run', async () => {
    const { options } = given()
    await train(options)
    const run = openRun(options.out)
    expect(run.bundle.identity).toBe(loadBundle(options.bundle).identity)
    expect(run.record).toMatchObject({ program: 'tiny', seed: 1, totalSteps: STEPS })
    expect(existsSync(run.record.data)).toBe(true)
  })
})

describe('a run that was killed', () => {
  test.each([1, 4, 5, 7, 8, 11])('after step %i goes on to the same bits and lines', async (step) => {
    const whole = given({ checkpointEvery: 4 })
    await train(whole.options)
    const { options } = given({ checkpointEvery: 4 })
    await expect(train({ ...options, onProgress: killAfter(step) })).rejects.toThrow(Killed)
    await train({ out: options.out, resume: true, prepareAhead: 0, checkpointEvery: 4, threads: 1 })
    expect(left(options.out)).toEqual(left(whole.options.out))
  })

  test('forgets what it wrote after its checkpoint, and a torn line', async () => {
    const whole = given({ checkpointEvery: 4 })
    await train(whole.options)
    const { options } = given({ checkpointEvery: 4 })
    await expect(train({ ...options, onProgress: killAfter(5) })).rejects.toThrow(Killed)
    const { metrics } = runFiles(options.out)
    const line = { step: 5, epoch: 2, rate: 1, losses: { first: 9 }, imagesPerSecond: 1 }
    appendFileSync(metrics, `${JSON.stringify(line)}\n{"step":6,"epo`)
    await train({ out: options.out, resume: true, prepareAhead: 0, checkpointEvery: 4, threads: 1 })
    expect(left(options.out)).toEqual(left(whole.options.out))
  })

  test('keeps its threads and its interval of checkpoints; other threads are told', async () => {
    const { options } = given({ checkpointEvery: 4, threads: 1 })
    await expect(train({ ...options, onProgress: killAfter(5) })).rejects.toThrow(Killed)
    const notices: string[] = []
    const resume = { out: options.out, resume: true, prepareAhead: 0 }
    const onNotice = (notice: string) => notices.push(notice)
    await expect(train({ ...resume, onNotice, onProgress: killAfter(9) })).rejects.toThrow(Killed)
    expect(notices).toEqual([])
    expect(openRun(options.out).record).toMatchObject({ threads: 1, checkpointEvery: 4, provider: 'cpu' })
    expect(openRunCheckpoint(openRun(options.out))).toMatchObject({ step: 8 })
    await train({ ...resume, onNotice, threads: 2 })
    expect(notices).toEqual([
      expect.stringContaining('with 1 thread an operation: on cpu with 2 last bits may differ'),
    ])
  })

  test('whose checkpoint has gone begins again, and says so', async () => {
    const whole = given({ checkpointEvery: 4 })
    await train(whole.options)
    const { options } = given({ checkpointEvery: 4 })
    await expect(train({ ...options, onProgress: killAfter(7) })).rejects.toThrow(Killed)
    rmSync(runFiles(options.out).checkpoint)
    const notices: string[] = []
    await train({
      out: options.out,
      resume: true,
      prepareAhead: 0,
      onNotice: (notice) => notices.push(notice),
    })
    expect(notices).toEqual([expect.stringContaining('is gone: the run begins again at step 1')])
    expect(left(options.out)).toEqual(left(whole.options.out))
  })

  test('goes on from another working folder', async () => {
    const { options, root } = given({ checkpointEvery: 4 })
    const data = relative(process.cwd(), join(root, 'data'))
    await expect(train({ ...options, data, onProgress: killAfter(5) })).rejects.toThrow(Killed)
    const before = process.cwd()
    process.chdir(join(root, 'data'))
    try {
      expect(await train({ out: options.out, resume: true })).toMatchObject({ step: STEPS })
    } finally {
      process.chdir(before)
    }
  })

  test('tells of damaged metrics, keeps them aside and goes on', async () => {
    const whole = given({ checkpointEvery: 4 })
    await train(whole.options)
    const { options } = given({ checkpointEvery: 4 })
    await expect(train({ ...options, onProgress: killAfter(5) })).rejects.toThrow(Killed)
    const { metrics } = runFiles(options.out)
    writeFileSync(metrics, readFileSync(metrics, 'utf8').replace('"step":2', '"stop":2'))
    const notices: string[] = []
    const onNotice = (notice: string) => notices.push(notice)
    await train({ out: options.out, resume: true, prepareAhead: 0, threads: 1, onNotice })
    expect(notices).toEqual([expect.stringMatching(/damaged at line 2.*kept as .*metrics.jsonl.damaged1/)])
    const { lines, checkpoint } = left(options.out)
    expect(lines.map(({ step }) => step)).toEqual([1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect(checkpoint).toEqual(left(whole.options.out).checkpoint)
  })

  test('refuses another seed and a length that it has gone beyond', async () => {
    const { options } = given({ checkpointEvery: 4 })
    await expect(train({ ...options, onProgress: killAfter(5) })).rejects.toThrow(Killed)
    const resume = { out: options.out, resume: true }
    expect((await mistakeOf(train({ ...resume, seed: 2 }))).message).toContain('seed 1, not 2')
    expect((await mistakeOf(train({ ...resume, steps: 3 }))).message).toContain(
      'has done 4 steps, and cannot be shortened to 3',
    )
  })

  test('that was already at its end has nothing left to do', async () => {
    const { options } = given()
    await train(options)
    const before = left(options.out)
    expect(await train({ out: options.out, resume: true })).toMatchObject({ step: STEPS, stopped: false })
    expect(left(options.out)).toEqual(before)
  })
})

describe('a run that is being trained', () => {
  /** What another start or resume of the same folder gets in the middle of a run, which then goes on. */
  const meanwhile = async (other: (options: Given['options']) => TrainOptions) => {
    const { options } = given({ checkpointEvery: 4 })
    let told: Promise<UserError> | undefined
    await train({
      ...options,
      onProgress: ({ step }) => {
        if (step === 6) told = mistakeOf(train(other(options)))
      },
    })
    return { options, error: await told }
  }

  test.each<[string, (options: Given['options']) => TrainOptions]>([
    ['resumed', ({ out }) => ({ out, resume: true, threads: 1, prepareAhead: 0 })],
    ['started', (options) => options],
  ])(
    'is not %s: the other is told, and this one leaves the bits that it would have left alone',
    async (_, other) => {
      const whole = given({ checkpointEvery: 4 })
      await train(whole.options)
      const { options, error } = await meanwhile(other)
      expect(error).toMatchObject({
        name: 'RunError',
        message: expect.stringMatching(/in use|already/) as string,
      })
      expect(left(options.out)).toEqual(left(whole.options.out))
      expect(existsSync(join(options.out, 'lock'))).toBe(false)
    },
  )

  test('ends where its lock is taken away, and writes nothing more', async () => {
    const { options } = given({ checkpointEvery: 4 })
    const onProgress = ({ step }: Progress) => {
      if (step === 6) writeFileSync(join(options.out, 'lock'), 'of another')
    }
    expect((await mistakeOf(train({ ...options, onProgress }))).message).toContain('not ours any more')
    expect(readMetrics(runFiles(options.out).metrics)).toHaveLength(6)
    const { checkpoint } = runFiles(options.out)
    expect(loadCheckpoint(checkpoint, loadBundle(options.bundle))).toMatchObject({ step: 4 })
  })
})

describe('a run that is stopped', () => {
  test('writes a checkpoint of the step it was in, and goes on to the same bits', async () => {
    const whole = given()
    await train(whole.options)
    const { options } = given()
    const stop = new AbortController()
    const onProgress = ({ step }: Progress) => {
      if (step === 5) stop.abort()
    }
    const summary = await train({ ...options, checkpointEvery: 100, signal: stop.signal, onProgress })
    expect(summary).toMatchObject({ step: 5, stopped: true })
    const checkpoint = loadCheckpoint(runFiles(options.out).checkpoint, loadBundle(options.bundle))
    expect(checkpoint).toMatchObject({ step: 5, seed: 1, totalSteps: STEPS })
    await train({ out: options.out, resume: true, prepareAhead: 0, threads: 1 })
    expect(left(options.out)).toEqual(left(whole.options.out))
  })

  test('hears what comes from outside while it trains', async () => {
    const { options } = given({ steps: 1_000_000 })
    const stop = new AbortController()
    setTimeout(() => {
      stop.abort()
    }, 100)
    expect((await train({ ...options, signal: stop.signal })).stopped).toBe(true)
  })
})

describe('a loss that is not finite', () => {
  test('stops the run, names layer and step, and leaves the last good checkpoint', async () => {
    // The first step is still good; its weights of 1e25 make the square of the second step's error infinite.
    const { options } = given({ checkpointEvery: 1 }, 1e25)
    const { name, message } = await mistakeOf(train(options))
    expect(name).toBe('TrainingError')
    expect(message).toMatch(/'first' is Infinity at step 2/)
    const { checkpoint } = runFiles(options.out)
    expect(loadCheckpoint(checkpoint, loadBundle(options.bundle))).toMatchObject({ step: 1 })
    expect(readMetrics(runFiles(options.out).metrics)).toHaveLength(1)
  })

  test('keeps the metrics of the steps that led to it, and promises no checkpoint where there is none', async () => {
    const { options } = given({ checkpointEvery: 100 }, 1e25)
    const { message } = await mistakeOf(train(options))
    expect(message).not.toContain('checkpoint')
    expect(readMetrics(runFiles(options.out).metrics).map(({ step }) => step)).toEqual([1])
  })
})

describe('training refuses', () => {
  test('to delete a folder called bundle that is not its own', async () => {
    const { options } = given()
    const chapter = join(options.out, 'bundle', 'chapter1.tex')
    mkdirSync(dirname(chapter), { recursive: true })
    writeFileSync(chapter, 'years of work')
    await train(options).catch(() => undefined)
    expect(readFileSync(chapter, 'utf8')).toBe('years of work')
  })

  test('a folder that holds a run already', async () => {
    const { options } = given()
    await train(options)
    const before = left(options.out)
    const { name, message } = await mistakeOf(train(options))
    expect(name).toBe('RunError')
    expect(message).toContain(`${options.out} holds a run already`)
    expect(message).toContain('--resume')
    expect(left(options.out)).toEqual(before)
  })

  test('to resume on other images than those it was started with', async () => {
    const { root, options } = given({ steps: 2 })
    await train(options)
    const data = writeTinyDataset(join(root, 'other'), 30)
    const { message } = await mistakeOf(train({ out: options.out, data, resume: true }))
    expect(message).toContain('no longer holds the images')
  })

  test('to resume where there is no run', async () => {
    const { name, message } = await mistakeOf(train({ out: join(temporaryFolder(), 'run'), resume: true }))
    expect(name).toBe('RunError')
    expect(message).toContain('run.json is missing')
  })

  test('to resume a run whose bundle was exchanged', async () => {
    const { options } = given()
    await train(options)
    writeTinyBundle(runFiles(options.out).bundle, tinyManifest(0.9))
    expect((await mistakeOf(train({ out: options.out, resume: true }))).message).toContain('bundle')
  })

  test('images of another size or more classes, telling both', async () => {
    const { options, root } = given()
    const { program, ...rest } = tinyManifest()
    const other = (input: Partial<typeof program.input>) =>
      writeTinyBundle(join(root, 'other'), {
        ...rest,
        program: { ...program, input: { ...program.input, ...input } },
      })
    const size = await mistakeOf(train({ ...options, bundle: other({ height: 3 }) }))
    expect(size.name).toBe('DataError')
    expect(size.message).toMatch(/1×3×2.*1×2×2/)
    const out = join(root, 'second run')
    const classes = await mistakeOf(train({ ...options, out, bundle: other({ classes: 1 }) }))
    expect(classes.message).toMatch(/1 classes.*2/)
  })

  test('without a trace: what was refused may be mended and started in the same folder', async () => {
    const { options, root } = given()
    const { program, ...rest } = tinyManifest()
    const wrong = { ...rest, program: { ...program, input: { ...program.input, height: 3 } } }
    await mistakeOf(train({ ...options, bundle: writeTinyBundle(join(root, 'other'), wrong) }))
    expect(await train(options)).toMatchObject({ step: STEPS })
  })

  test('too few images for a batch', async () => {
    const { options, root } = given()
    const data = writeTinyDataset(join(root, 'few'), 3)
    expect((await mistakeOf(train({ ...options, data }))).message).toContain(
      '3 images do not fill one batch of 4',
    )
  })

  test('an output that cannot be written', async () => {
    const { options, root } = given()
    writeFileSync(join(root, 'file'), '')
    const { name, message } = await mistakeOf(train({ ...options, out: join(root, 'file', 'run') }))
    expect(name).toBe('FileError')
    expect(message).toContain(join(root, 'file', 'run'))
  })
})

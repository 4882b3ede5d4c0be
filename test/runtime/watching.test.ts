import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  compile,
  init,
  crossEntropy,
  flatten,
  layer,
  linear,
  local,
  program,
  rule,
  sgd,
  transform,
} from '../../src/index.ts'
import { readProbes } from '../../runtime/files/probes.ts'
import { readRecord } from '../../runtime/files/run-record.ts'
import { bestCheckpoint } from '../../runtime/files/kept.ts'
import { runFiles } from '../../runtime/files/run-folder.ts'
import { train, type Progress, type TrainOptions } from '../../runtime/train/train.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import { mistakeOf } from '../support/refusal.ts'
import { bytesNpy, counting, labelsNpy } from '../support/npy.ts'
import { IDX_NAMES, writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { tinyBundle, writeTinyDataset } from './tiny-bundle.ts'

/** Views that agree, and vary. */
const agree = rule<'a' | 'b'>('agree', ({ out }) =>
  out.a
    .sub(out.b)
    .square()
    .mean()
    .sub(out.a.sub(out.a.mean(0)).square().mean()),
)
const classify = rule<'a' | 'b'>('classify', ({ out, labels }) => crossEntropy(out.a, labels))

/** Of no more than 1, whatever the features are. */
const bounded = rule<'a' | 'b'>('bounded', ({ out }) => out.a.tanh().mean())

const settings = {
  name: 'tiny',
  input: { channels: 1, size: 2, classes: 2 },
  batch: 4,
  augment: [transform({ name: 'noise', apply: (x, draw) => x.add(draw('noise', 1, 2, 2).mul(0.1)) })],
  optimizer: sgd({ lr: 0.1 }),
}
const tiny = (learn = agree) =>
  program({
    ...settings,
    encoder: [layer('first', flatten(), linear(3)), layer('second', linear(2))],
    learn: local(learn),
  })
const one = compile(tiny())
const several = compile(tiny(), { stepsPerRun: 3 })

const IMAGES = 24
/** An epoch of all images has 6 steps, of those that a quarter is set aside from 4 (18 images). */
const STEPS = 12

const given = (change: Partial<TrainOptions> = {}, root = temporaryFolder()) => {
  const data = writeTinyDataset(join(root, 'data'), IMAGES)
  const length = { steps: STEPS, seed: 1, threads: 1, prepareAhead: 0, checkpointEvery: 4 }
  return { data, options: { bundle: one, data, out: join(root, 'run'), ...length, ...change } }
}
const started = async (change: Partial<TrainOptions> = {}, root?: string): Promise<string> => {
  const { options } = given(change, root)
  await train(options)
  return options.out
}
const withoutLabels = (change: Partial<TrainOptions>) => {
  const { data, options } = given(change)
  for (const name of [IDX_NAMES.trainLabels, IDX_NAMES.testLabels]) rmSync(join(data, name))
  return options
}
/** What was found, but for when. */
const found = (folder: string) =>
  readProbes(runFiles(folder).probes).map(({ time, milliseconds, ...line }) => {
    expect(time).toBeGreaterThan(1.7e9)
    expect(milliseconds).toBeGreaterThanOrEqual(0)
    return line
  })
const checkpoint = (folder: string) => readFileSync(runFiles(folder).checkpoint)
const watched = { probeEvery: 0.5, validation: 0.25 }
/** Runs that nobody disturbs. */
const roots = {
  plain: mkdtempSync(join(tmpdir(), 'hebb-test-')),
  whole: mkdtempSync(join(tmpdir(), 'hebb-test-')),
}
const [plain, whole] = [join(roots.plain, 'run'), join(roots.whole, 'run')]
beforeAll(async () => {
  await started({}, roots.plain)
  await started(watched, roots.whole)
})
afterAll(() => {
  for (const root of Object.values(roots)) rmSync(root, { recursive: true, force: true })
})

describe('a run that is watched', () => {
  test('says what every layer knows before the first step, each so many epochs, and at the end', async () => {
    const lines = found(await started({ probeEvery: 0.75 }))
    expect(lines.map(({ step }) => step)).toEqual([0, 5, 10, 12])
    expect(lines.map(({ epoch }) => epoch)).toEqual([0, 5 / 6, 10 / 6, 2])
    for (const { layers, all, images, validation } of lines) {
      expect(Object.keys(layers ?? {})).toEqual(['first', 'second'])
      // Two classes, of which a linear classifier tells one from the other.
      expect(all?.linear).toBeGreaterThan(0.7)
      expect(images).toEqual({ learned: 16, judged: 8, from: 'training' })
      expect(validation).toBeUndefined()
    }
  })

  test('measures losses, and judges probes, on images that it does not train on', () => {
    const lines = found(whole)
    expect(lines.map(({ step }) => step)).toEqual([0, 2, 4, 6, 8, 10, 12])
    for (const { validation, images } of lines) {
      expect(Object.keys(validation?.losses ?? {})).toEqual(['first', 'second'])
      expect(validation?.images).toBe(4)
      expect(images).toEqual({ learned: 18, judged: 6, from: 'validation' })
    }
    expect(readRecord(whole)).toMatchObject(watched)
    const losses = lines.map(({ validation }) => validation?.losses.first)
    expect(new Set(losses).size).toBe(lines.length)
  })

  test('measures losses once an epoch of images without labels', async () => {
    const options = withoutLabels({ validation: 0.25 })
    await train(options)
    const lines = found(options.out)
    expect(lines.map(({ step }) => step)).toEqual([0, 4, 8, 12])
    expect(lines.every(({ layers, validation }) => !layers && validation)).toBe(true)
  })

  test('has no such file where nothing is asked for', () => {
    expect(existsSync(runFiles(plain).probes)).toBe(false)
  })

  test.each<[string, Partial<TrainOptions>]>([
    ['in one thread', {}],
    ['by two workers', { workers: 2 }],
    ['with several steps per run', { bundle: several }],
    ['with batches prepared ahead', { prepareAhead: 2 }],
  ])('is trained to the same bits as one that is not, %s', async (_, change) => {
    const out = await started({ ...change, probeEvery: 0.5 })
    expect(checkpoint(out).equals(checkpoint(plain))).toBe(true)
  })

  test('tells each line to whoever asks, and the last accuracies of the top layer with progress', async () => {
    const told: unknown[] = []
    const shown: unknown[] = []
    const out = await started({
      probeEvery: 1,
      onProbe: (line) => told.push(line),
      onProgress: ({ step, probe }) => {
        if (step % 6 === 1) shown.push(probe)
      },
    })
    const lines = readProbes(runFiles(out).probes)
    expect(told).toEqual(lines)
    expect(shown).toEqual(lines.slice(0, 2).map(({ step, layers }) => ({ step, ...layers?.second })))
  })
})

class Killed extends Error {}
const resumed = async (options: TrainOptions, change: Partial<TrainOptions> = {}) => {
  const { out, threads, prepareAhead, workers } = options
  await train({ out, threads, prepareAhead, workers, resume: true, ...change })
}

describe('a watched run that was killed', () => {
  test.each([
    [1, 1],
    [3, 1],
    [4, 1],
    [5, 1],
    [8, 1],
    [11, 1],
    [5, 2],
  ])('after step %i (%i workers) goes on to the same bits and lines, none twice', async (at, workers) => {
    const { options } = given({ ...watched, workers })
    const onProgress = ({ step }: Progress) => {
      if (step === at) throw new Killed()
    }
    await expect(train({ ...options, onProgress })).rejects.toThrow(Killed)
    await resumed(options)
    expect(found(options.out)).toEqual(found(whole))
    expect(checkpoint(options.out).equals(checkpoint(whole))).toBe(true)
  })

  test.each([0, 2, 4, 12])('by its own probe after step %i', async (at) => {
    const { options } = given(watched)
    const onProbe = ({ step }: { readonly step: number }) => {
      if (step === at) throw new Killed()
    }
    await expect(train({ ...options, onProbe })).rejects.toThrow(Killed)
    await resumed(options)
    expect(found(options.out)).toEqual(found(whole))
    expect(checkpoint(options.out).equals(checkpoint(whole))).toBe(true)
  })

  test('whose last line is torn writes it again', async () => {
    const { options } = given(watched)
    const onProgress = ({ step }: Progress) => {
      if (step === 7) throw new Killed()
    }
    await expect(train({ ...options, onProgress })).rejects.toThrow(Killed)
    appendFileSync(runFiles(options.out).probes, '{"step":8,"epo')
    await resumed(options)
    expect(found(options.out)).toEqual(found(whole))
  })

  test('whose lines are damaged keeps them aside, and says so', async () => {
    const { options } = given(watched)
    const onProgress = ({ step }: Progress) => {
      if (step === 7) throw new Killed()
    }
    await expect(train({ ...options, onProgress })).rejects.toThrow(Killed)
    const { probes } = runFiles(options.out)
    writeFileSync(probes, readFileSync(probes, 'utf8').replace('"step":2', '"stop":2'))
    const notices: string[] = []
    await resumed(options, { onNotice: (notice) => notices.push(notice) })
    expect(notices).toEqual([expect.stringMatching(/damaged at line 2.*probes.jsonl.damaged1/)])
    expect(found(options.out).map(({ step }) => step)).toEqual([0, 4, 6, 8, 10, 12])
  })

  test('while it looked leaves no half of a look: it ends after the step, and looks again when it goes on', async () => {
    const { options } = given(watched)
    const stop = new AbortController()
    const onProgress = ({ step }: Progress) => {
      if (step === 6)
        setImmediate(() => {
          stop.abort()
        })
    }
    const { step, stopped } = await train({ ...options, onProgress, signal: stop.signal })
    expect({ step, stopped }).toEqual({ step: 6, stopped: true })
    expect(found(options.out).map((line) => line.step)).toEqual([0, 2, 4])
    await resumed(options)
    expect(found(options.out)).toEqual(found(whole))
    expect(checkpoint(options.out).equals(checkpoint(whole))).toBe(true)
  })
})

describe('a resumed run', () => {
  test('is looked at from then on where it was not before', async () => {
    const { options } = given()
    const stop = new AbortController()
    const onProgress = ({ step }: Progress) => {
      if (step === 6) stop.abort()
    }
    await train({ ...options, onProgress, signal: stop.signal })
    await resumed(options, { probeEvery: 0.5 })
    expect(found(options.out).map(({ step }) => step)).toEqual([6, 9, 12])
    expect(readRecord(options.out).probeEvery).toBe(0.5)
  })

  test('keeps the images that are set aside', async () => {
    const error = await mistakeOf(train({ out: whole, resume: true, validation: 0.5 }))
    expect(error.message).toContain(`${whole} was started with 0.25 of its images set aside, not 0.5`)
  })
})

describe('the best checkpoint', () => {
  test.each(['validation.loss', 'validation.first.loss', 'probe.linear', 'probe.second.knn'])(
    'by %s is that whose last look found the best',
    async (keepBest) => {
      const out = await started({ ...watched, keepBest })
      const value = ({ validation, layers, all }: ReturnType<typeof found>[number]) =>
        ({
          'validation.loss': ((validation?.losses.first ?? NaN) + (validation?.losses.second ?? NaN)) / 2,
          'validation.first.loss': validation?.losses.first,
          'probe.linear': all?.linear,
          'probe.second.knn': layers?.second?.knn,
        })[keepBest] ?? NaN
      const values = found(out)
        .filter(({ step }) => step > 0 && step % 4 === 0)
        .map((line) => ({ step: line.step, value: value(line) }))
      const best = values.reduce((best, each) =>
        (keepBest.endsWith('loss') ? each.value < best.value : each.value > best.value) ? each : best,
      )
      expect(bestCheckpoint(out)).toMatchObject(best)
    },
  )

  test('is none where no look was since the one before', async () => {
    const out = await started({ probeEvery: 1.5, checkpointEvery: 2, keepBest: 'probe.linear' })
    expect(bestCheckpoint(out)?.step).toBe(10)
  })

  test.each([
    ['probe.linear', {}, 'Ask for probes: --probe-every 1'],
    ['validation.loss', { probeEvery: 1 }, 'Set images aside: --validation 0.1'],
    ['probe.firsd.linear', { probeEvery: 1 }, "did you mean 'probe.first.linear'"],
  ])('by %s of a run that does not measure it is refused', async (keepBest, change, help) => {
    const error = await mistakeOf(train(given({ ...change, keepBest }).options))
    expect(error.message).toContain(help)
  })

  test('by a name that is a loss of a layer, too, is refused', async () => {
    const encoder = [layer('validation', flatten(), linear(3)), layer('second', linear(2))]
    const bundle = compile(program({ ...settings, encoder, learn: local(agree) }))
    const { options } = given({ ...watched, bundle, keepBest: 'validation.loss' })
    expect((await mistakeOf(train(options))).message).toContain("'validation.loss' is two metrics of 'tiny'")
    await train({ ...options, keepBest: 'validation.second.loss' })
  })
})

describe('what cannot be measured', () => {
  test('is probes of images without labels', async () => {
    const error = await mistakeOf(train(withoutLabels({ probeEvery: 1 })))
    expect(error.message).toMatch(/has no labels, and probes need them/)
  })

  test('is nothing where a split beside them has labels: probes are of its images', async () => {
    const rows = (count: number, from: number) => bytesNpy([count, 2, 2], counting(4 * count, from))
    const labels = labelsNpy(...Array.from({ length: 9 }, (_, i) => i % 2))
    const arrays = { 'x_unlabelled.npy': rows(IMAGES, 0), 'x_train.npy': rows(9, 7), 'y_train.npy': labels }
    const data = writeFiles(temporaryFolder(), arrays)
    const { options } = given({ probeEvery: 1, data, steps: 6 })
    await train(options)
    for (const { images, layers } of found(options.out)) {
      expect(images).toEqual({ learned: 6, judged: 3, from: 'labelled' })
      expect(Object.keys(layers ?? {})).toEqual(['first', 'second'])
    }
    const again = { out: options.out, resume: true, steps: 12, threads: 1, prepareAhead: 0 }
    await train(again)
    expect(found(options.out)).toHaveLength(3)
    const { options: bare } = given({ data, steps: 12 })
    await train(bare)
    expect(checkpoint(options.out).equals(checkpoint(bare.out))).toBe(true)
  })

  test('is losses of fewer images than a batch', async () => {
    const error = await mistakeOf(train(given({ validation: 0.1 }).options))
    expect(error.message).toContain('2 images are set aside, which do not fill one batch of 4')
    expect(error.message).toContain('Set more aside: --validation 0.17')
    const few = writeFiles(temporaryFolder(), {
      'x_train.npy': bytesNpy([6, 2, 2], counting(24, 0)),
      'y_train.npy': labelsNpy(0, 1, 0, 1, 0, 1),
    })
    const none = await mistakeOf(train(given({ validation: 0.3, data: few }).options))
    expect(none.message).toContain('Use more images, or compile the program with a smaller batch.')
  })

  test('is losses by a bundle of before it had a graph of them', async () => {
    const error = await mistakeOf(train(given({ bundle: tinyBundle(), validation: 0.25 }).options))
    expect(error.message).toMatch(/no graph of its losses alone/)
  })

  test('is told of a program that learns from the labels that its probes use', async () => {
    const notices: string[] = []
    const onNotice = (notice: string) => notices.push(notice)
    const bundle: Bundle = compile(tiny(classify))
    await started({ bundle, probeEvery: 1, onNotice })
    expect(notices).toEqual([expect.stringContaining('--validation 0.1 sets others aside')])
    notices.length = 0
    await started({ bundle, ...watched, onNotice })
    expect(notices).toEqual([])
  })

  test('is told and written down where it comes up later, and training goes on', async () => {
    // Features overflow, and no loss.
    const first = layer('first', flatten(), linear(3, { init: init.constant(3e38) }))
    const bundle = compile(program({ ...settings, encoder: [first], learn: local(bounded) }))
    const notices: string[] = []
    const out = await started({ bundle, ...watched, onNotice: (notice) => notices.push(notice) })
    expect(notices[0]).toContain("after step 0, features of 'first' are not finite")
    const lines = found(out)
    expect(lines.map(({ step }) => step)).toEqual([0, 2, 4, 6, 8, 10, 12])
    for (const { failure, layers, all, validation } of lines) {
      expect(failure).toBe("features of 'first' are not finite")
      expect({ layers, all }).toEqual({ layers: {}, all: undefined })
      expect(validation?.losses).toEqual({ first: 1 })
    }
  })
})

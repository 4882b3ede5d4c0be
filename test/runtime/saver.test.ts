import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { saveCheckpoint } from '../../runtime/files/checkpoint.ts'
import { runFiles } from '../../runtime/files/run-folder.ts'
import { lockRun } from '../../runtime/files/run-lock.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { Saver } from '../../runtime/workers/saving/saver.ts'
import { train, type TrainOptions } from '../../runtime/train/train.ts'
import { compile, flatten, layer, linear, local, program, rule, sgd } from '../../src/index.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import type { Saved } from '../../runtime/files/sinks.ts'
import type { Values } from '../../runtime/values/value-store.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { tinyManifest, writeTinyBundle, writeTinyDataset } from './tiny-bundle.ts'

/** Checkpoints that a thread writes, from a copy, while training goes on. */

function given() {
  const root = temporaryFolder()
  const bundle = loadBundle(writeTinyBundle(join(root, 'bundle'), tinyManifest(0.05)))
  const folder = join(root, 'run')
  const lock = lockRun(folder)
  const values = initialValues(bundle.manifest.train, 3)
  const saved: Saved[] = []
  // Every checkpoint is large enough for the thread.
  const saver = new Saver(bundle, (each) => saved.push(each), 0)
  const order = (step: number) => ({
    claim: lock.claim,
    checkpoint: { step, totalSteps: 9, seed: 3 },
    measured: undefined,
    keeps: { keep: 2, keepBest: undefined },
  })
  const { checkpoint } = runFiles(folder)
  /** The bytes of a checkpoint of these values, as this thread writes it. */
  const written = (step: number, of: Values) => {
    const path = join(root, `expected-${step}`)
    saveCheckpoint(path, { values: of, step, totalSteps: 9, seed: 3 }, bundle)
    return readFileSync(path)
  }
  return { folder, lock, values, saved, saver, order, checkpoint, written }
}

/** What the next step makes of the values. */
const change = (values: Values): void => {
  for (const { data } of values.values()) data.fill(0.25 as never)
}

describe('a checkpoint that a thread writes', () => {
  test('has the bytes of one that was written at once, whatever becomes of the values', async () => {
    const { saver, order, values, written, checkpoint, saved } = given()
    const expected = written(4, values)
    await saver.begin(order(4), values, false)
    change(values)
    await saver.idle()
    expect(readFileSync(checkpoint)).toEqual(expected)
    expect(saved).toMatchObject([{ step: 4, path: checkpoint, bytes: expected.length }])
    await saver.release()
  })

  test('is there before the next one is begun, and what is kept of both, too', async () => {
    const { saver, order, values, written, checkpoint, saved, folder } = given()
    for (const step of [3, 4, 5]) {
      await saver.begin(order(step), values, false)
      expect(saver.saved).toBe(step === 3 ? undefined : step - 1)
    }
    await saver.release()
    expect(saved.map(({ step }) => step)).toEqual([3, 4, 5])
    expect(readFileSync(checkpoint)).toEqual(written(5, values))
    expect(readdirSync(join(folder, 'checkpoints'))).toEqual(['step-4.safetensors', 'step-5.safetensors'])
  })

  test('takes over the memory of values that nobody else reads', async () => {
    const { saver, order, values, written, checkpoint } = given()
    const expected = written(4, values)
    await saver.begin(order(4), values, true)
    expect([...values.values()].every(({ data }) => data.byteLength === 0)).toBe(true)
    await saver.release()
    expect(readFileSync(checkpoint)).toEqual(expected)
  })

  test('that cannot be written is told to who looks, and no other is written after it', async () => {
    const { saver, order, values, checkpoint } = given()
    mkdirSync(checkpoint)
    await saver.begin(order(4), values, false)
    await expect(saver.idle()).rejects.toThrow('cannot write')
    expect(() => {
      saver.check()
    }).toThrow('it is a folder')
    rmSync(checkpoint, { recursive: true })
    await expect(saver.begin(order(5), values, false)).rejects.toThrow('cannot write')
    await saver.release()
    expect(existsSync(checkpoint)).toBe(false)
  })

  test('does not take the place of another process’s', async () => {
    const { saver, order, values, lock, checkpoint, folder } = given()
    lock.release()
    lockRun(folder)
    await saver.begin(order(4), values, false)
    await expect(saver.idle()).rejects.toThrow('the run is not ours any more')
    await saver.release()
    expect(readdirSync(folder)).toEqual(['lock'])
    expect(existsSync(checkpoint)).toBe(false)
  })

  test('of values that are no numbers is refused, with the step', async () => {
    const { saver, order, values } = given()
    for (const { data } of values.values()) data.fill(NaN as never)
    await saver.begin(order(4), values, false)
    await expect(saver.idle()).rejects.toThrow('holds NaN or infinite values after step 4')
    await saver.release()
  })
})

describe('a run of large checkpoints', () => {
  // 2 million weights and their momentum: 18 MB, of which every second step leaves a checkpoint.
  const wide = program({
    name: 'wide',
    input: { channels: 1, size: 2 },
    batch: 2,
    views: ['a'],
    encoder: [layer('first', flatten(), linear(1500)), layer('second', linear(1500))],
    learn: local(rule<'a'>('quiet', ({ out }) => out.a.square().mean())),
    optimizer: sgd({ lr: 0.01, momentum: 0.9 }),
  })
  const bundle = compile(wide)

  const options = (change: Partial<TrainOptions> = {}): TrainOptions => {
    const root = temporaryFolder()
    const data = writeTinyDataset(join(root, 'data'))
    const settings = { steps: 5, seed: 1, threads: 1, prepareAhead: 0, checkpointEvery: 2, keep: 9 }
    return { bundle, data, out: join(root, 'run'), ...settings, ...change }
  }
  const kept = ({ out }: TrainOptions, step: number) =>
    readFileSync(join(out, 'checkpoints', `step-${step}.safetensors`))

  test(
    'comes to the bytes of each, whether one thread trains or several, and killed or not',
    { timeout: 180_000 },
    async () => {
      const [whole, several, killed] = [options(), options({ workers: 2 }), options()]
      const saved: number[] = []
      await train({ ...whole, onCheckpoint: ({ step }) => saved.push(step) })
      expect(saved).toEqual([2, 4, 5])
      await train(several)
      const fail = ({ step }: { readonly step: number }) => {
        if (step === 3) throw new Error('killed')
      }
      await expect(train({ ...killed, onMetrics: fail })).rejects.toThrow('killed')
      // What was being written is there by then.
      expect(kept(killed, 2).equals(kept(whole, 2))).toBe(true)
      await train({ ...killed, resume: true })
      for (const step of [2, 4, 5])
        for (const other of [several, killed])
          expect(kept(other, step).equals(kept(whole, step)), `${step}`).toBe(true)
    },
  )
})

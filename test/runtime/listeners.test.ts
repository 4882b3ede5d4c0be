import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Hearing } from '../../runtime/given/hearing.ts'
import { readMetrics } from '../../runtime/files/metrics.ts'
import { runFiles } from '../../runtime/files/run-folder.ts'
import { train, type TrainOptions } from '../../runtime/train/train.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { tinyManifest, writeTinyBundle, writeTinyDataset } from './tiny-bundle.ts'

/** What listens to a training may be async. */

const STEPS = 4

const given = (change: Partial<TrainOptions> = {}): TrainOptions => {
  const root = temporaryFolder()
  const bundle = writeTinyBundle(join(root, 'bundle'), tinyManifest(0.05))
  const data = writeTinyDataset(join(root, 'data'))
  const settings = { steps: STEPS, threads: 1, prepareAhead: 0, checkpointEvery: 2, probeEvery: 1 }
  return { bundle, data, out: join(root, 'run'), ...settings, ...change }
}

const fails = () => Promise.reject(new Error('the listener failed'))
const isFree = ({ out }: TrainOptions): boolean => !existsSync(join(out, 'lock'))

test.each<[string, Partial<TrainOptions>, number]>([
  ['onData', { onData: fails }, 0],
  ['onMetrics', { onMetrics: fails }, 1],
  ['onProgress', { onProgress: fails }, 1],
  ['onProbe', { onProbe: fails }, 1],
  ['onCheckpoint', { onCheckpoint: fails }, STEPS],
])('what %s rejects with ends the training, and its folder is free', async (_, change, most) => {
  const options = given(change)
  await expect(train(options)).rejects.toThrow('the listener failed')
  expect(isFree(options)).toBe(true)
  const { record, metrics } = runFiles(options.out)
  expect(existsSync(record)).toBe(most > 0)
  if (most > 0) expect(readMetrics(metrics).length).toBeLessThanOrEqual(most)
})

test('a step is not begun before all that listen to the one before have done', async () => {
  const heard: string[] = []
  const onMetrics = async ({ step }: { readonly step: number }) => {
    heard.push(`begins ${step}`)
    await setTimeout(5)
    heard.push(`ends ${step}`)
  }
  await train(given({ onMetrics }))
  expect(heard).toEqual([1, 2, 3, 4].flatMap((step) => [`begins ${step}`, `ends ${step}`]))
})

test('of several listeners that fail the first counts; options that are no listeners stay as they are', async () => {
  const hearing = new Hearing()
  const once = { online: true, open: () => 7 }
  const { onNotice, ...others } = hearing.of({
    ...once,
    onNotice: (notice: string): Promise<void> => Promise.reject(new Error(notice)),
  })
  onNotice('first')
  onNotice('second')
  expect(others).toEqual(once)
  await expect(hearing.done()).rejects.toThrow('first')
})

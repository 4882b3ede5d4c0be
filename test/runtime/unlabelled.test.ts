import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  compile,
  conv,
  crossEntropy,
  layer,
  local,
  program,
  relu,
  rule,
  sgd,
  type Bundle,
} from '../../src/index.ts'
import { openDataset } from '../../runtime/data/open.ts'
import { openRun, runFiles } from '../../runtime/files/run-folder.ts'
import { probePixels } from '../../runtime/probe/probe.ts'
import { train, type TrainOptions } from '../../runtime/train/train.ts'
import { refusal } from '../support/refusal.ts'
import { IDX_NAMES, stlFiles, writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { tinyBundle, writeTinyDataset } from './tiny-bundle.ts'

/** Images without labels are trained on by whatever reads none. */

const started = (data: string, change: Partial<TrainOptions> = {}) => {
  const out = join(temporaryFolder(), 'run')
  const settings = { steps: 2, seed: 1, threads: 1, prepareAhead: 0 }
  return { out, done: train({ bundle: tinyBundle(), data, out, ...settings, ...change }) }
}
const withoutLabels = (folder: string): string => {
  for (const name of [IDX_NAMES.trainLabels, IDX_NAMES.testLabels]) rmSync(join(folder, name))
  return folder
}
const quiet = rule<'a' | 'b'>('quiet', ({ out }) => out.a.square().mean())
const taught = rule<'a' | 'b'>('taught', ({ out, labels }) => crossEntropy(out.a.mean(2, 3), labels))
const onStl = (learn: Parameters<typeof local>[0]): Bundle =>
  compile(
    program({
      ...{ input: { channels: 3, size: 96, classes: 10 }, batch: 1, optimizer: sgd({ lr: 0.1 }) },
      ...{ encoder: [layer('one', conv(10), relu())], learn: local(learn) },
    }),
  )

describe('IDX files without labels', () => {
  const folders = () => [1, 2].map(() => writeTinyDataset(temporaryFolder()))

  test.each([0, 2])('train to the same bits as with labels, %i batches ahead', async (prepareAhead) => {
    const [labelled = '', plain = ''] = folders()
    const runs = [labelled, withoutLabels(plain)].map((data) => started(data, { prepareAhead }))
    const [one, other] = runs.map(({ out }) => out)
    for (const { done } of runs) await done
    const checkpoint = (out = '') => readFileSync(runFiles(out).checkpoint)
    expect(checkpoint(other).equals(checkpoint(one))).toBe(true)
  })

  test('are recorded as what they are, and found again', async () => {
    const [, plain = ''] = folders()
    const { out, done } = started(withoutLabels(plain), { steps: 4 })
    await done
    expect(openRun(out).record).toMatchObject({
      ...{ data: plain, split: 'train', dataset: { count: 10, shape: [1, 2, 2] } },
    })
    expect(openRun(out).record.dataset).not.toHaveProperty('classes')
    await train({ out, resume: true, threads: 1 })
  })

  test('are not those that a run with labels was started with', async () => {
    const [data = ''] = folders()
    const { out, done } = started(data, { signal: AbortSignal.abort() })
    await done
    withoutLabels(data)
    expect(await refusal(train({ out, resume: true, threads: 1 }))).toContain(
      'no longer holds the images that',
    )
  })

  test('are refused by probes', async () => {
    const [plain = ''] = folders()
    const images = await openDataset(withoutLabels(plain), 'train')
    expect(await refusal(probePixels({ bundle: tinyBundle(), train: images, test: images }))).toMatch(
      /^DataError: .* has no labels, and .* needs them/,
    )
  })
})

describe('a data set of which a part has no labels', () => {
  const data = () => writeFiles(temporaryFolder(), stlFiles())

  test('is trained on that part, by a rule that reads none', async () => {
    const told: string[] = []
    const onData = (description: string) => void told.push(description)
    const { out, done } = started(data(), { bundle: onStl(quiet), steps: 1, onData })
    await done
    expect(openRun(out).record).toMatchObject({ split: 'unlabelled', dataset: { name: 'stl-10', count: 3 } })
    expect(told).toEqual([
      expect.stringContaining('stl-10: 3 images of 3 × 96 × 96, no labels (unlabelled, '),
    ])
  })

  test('is trained on its labelled part by a rule that reads them, or where that is asked for', async () => {
    for (const change of [{ bundle: onStl(taught) }, { bundle: onStl(quiet), split: 'train' as const }]) {
      const { out, done } = started(data(), { ...change, steps: 1 })
      await done
      expect(openRun(out).record).toMatchObject({ split: 'train', dataset: { name: 'stl-10', count: 2 } })
    }
  })

  test('is resumed with the part that it was started with', async () => {
    const { out, done } = started(data(), { bundle: onStl(quiet), split: 'train', steps: 2 })
    await done
    await train({ out, resume: true, threads: 1 })
    expect(await refusal(train({ out, resume: true, split: 'unlabelled', threads: 1 }))).toContain('RunError')
  })

  test('is refused where a rule would read labels that there are none of', async () => {
    const asked = started(data(), { bundle: onStl(taught), split: 'unlabelled' })
    expect(await refusal(asked.done)).toMatch(/learns from labels, and stl-10 has none/)
    const folder = data()
    for (const name of ['train_X.bin', 'train_y.bin']) rmSync(join(folder, name))
    const absent = started(folder, { bundle: onStl(quiet), split: 'train' })
    expect(await refusal(absent.done)).toContain("has no split 'train'")
  })
})

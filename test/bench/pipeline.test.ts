import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { compare } from '../../bench/compare.ts'
import { allowedCores, coresIn, layoutName, openLayout, type Layout } from '../../bench/ours/layouts.ts'
import { head, row } from '../../bench/pipeline-table.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { temporaryFolder } from '../runtime/temporary-folder.ts'
import { tinyDataset, writeTinyBundle } from '../runtime/tiny-bundle.ts'

/** Workers and threads are measured on the training that users run. */

const open = async (layout: Layout) => {
  const bundle = loadBundle(writeTinyBundle(join(temporaryFolder(), 'bundle')))
  const opened = await openLayout(bundle, tinyDataset(), layout)
  onTestFinished(() => opened.release())
  return opened
}

describe('a way to share out the cores', () => {
  const single = { workers: 1, threads: 1 }
  const pipeline = { workers: 2, threads: 1 }

  test('has a name, and groups of graphs', async () => {
    const confined = { ...single, cores: 1 } as const
    const shards = { ...pipeline, by: 'shards', cores: 3 } as const
    expect([single, pipeline, confined, shards].map(layoutName)).toEqual([
      '1 × 1',
      '2 × 1',
      '1 × 1 on one core',
      '2 × 1 by shards on 3 cores',
    ])
    expect(coresIn('0-2,5')).toEqual([0, 1, 2, 5])
    expect((await open(single)).groups).toEqual([['first', 'second']])
    expect((await open(pipeline)).groups).toEqual([['first'], ['second']])
  })

  test.runIf(process.platform === 'linux')('leaves the process all cores after a turn on one', async () => {
    const before = allowedCores()
    const { run } = await open({ ...single, cores: 1 })
    await run(2)
    expect(allowedCores()).toBe(before)
  })

  test('goes on from turn to turn, with the same losses whatever it is', async () => {
    const turns = async (layout: Layout) => {
      const { run } = await open(layout)
      return [await run(4), await run(3)]
    }
    const [one, two] = [await turns(single), await turns(pipeline)]
    for (const { milliseconds } of [...one, ...two]) expect(milliseconds).toBeGreaterThan(0)
    // Beside the steps that are timed, those in which it fills and empties.
    expect(one.map(({ values }) => values.length)).toEqual([6, 5])
    expect(two.map(({ values }) => values.length)).toEqual([8, 7])
    const losses = (turns: typeof one) => turns.flatMap(({ values }) => values)
    expect(losses(two).slice(0, 11)).toEqual(losses(one))
  })
})

test('the table tells steps a second, and how many times as many two workers do', () => {
  const timing = (name: string, rounds: number[]) => ({ name, rounds, values: [[1]], stepsPerRound: 1 })
  const comparison = compare(
    'CLAPP',
    [
      timing('2 × 1', [50, 50, 50]),
      timing('1 × 1', [100, 90, 95]),
      timing('1 × 2', [60, 60, 60]),
      timing('1 × 1 on one core', [100, 100, 100]),
    ],
    0,
  )
  const groups = [['conv1'], ['conv2', 'conv3', 'conv4']]
  const cells = row({ comparison, groups, peer: {}, busy: 0 })
  expect(cells).toHaveLength(head.length)
  expect(cells).toEqual([
    'CLAPP',
    '10.5/s (10.3–10.8)',
    '10.0/s (10.0–10.0)',
    '16.7/s (16.7–16.7)',
    '20.0/s (20.0–20.0)',
    '**1.90×** (1.85–1.95)',
    '**2.00×** (2.00–2.00)',
    '**1.20×** (1.20–1.20)',
    'conv1, conv2–conv4',
  ])
})

test('docs/benchmarks.md has a place for it', () => {
  expect(readFileSync('docs/benchmarks.md', 'utf8')).toContain('<!-- begin pipeline cifar10 quarter -->')
})

import { describe, expect, test } from 'vitest'
import { head, row, type ScaledWay } from '../../bench/scaling/table.ts'
import { placesOf, ofOneRun } from '../../bench/scaling/places.ts'
import { describe as describeStep, vgg6 } from '../../bench/programs.ts'
import { present } from '../../src/base/lists.ts'
import { compile } from '../../src/index.ts'

/** How steps scale: over cores as measured, over machines as simulated. */

describe('the table of cores', () => {
  const [cores, rounds] = [[1, 2], (time: number) => [time, time, time]]
  const ways: ScaledWay[] = [
    { cores: 1, layout: { workers: 1, threads: 1, cores: 1 }, rounds: rounds(100) },
    { cores: 2, layout: { workers: 1, threads: 2 }, rounds: rounds(80) },
    { cores: 2, layout: { workers: 2, threads: 1, by: 'shards' }, rounds: rounds(50) },
  ]

  test('has every way beside threads, and nothing where a rule cannot', () => {
    const cells = row({ title: 'BP', ways, peer: {}, busy: 0 }, cores)
    expect(cells).toHaveLength(head(cores).length)
    expect(cells).toEqual([
      'BP',
      '10.0/s (10.0–10.0)',
      '12.5/s (12.5–12.5)',
      '',
      '',
      '20.0/s (20.0–20.0)',
      '**1.60×** (1.60–1.60)',
      '',
    ])
  })
})

describe('the places of a step', () => {
  const shards = 4
  const { sharded } = compile(describeStep('bp-infonce', vgg6('cifar10', 'eighth')).program, {
    shards,
  }).manifest
  const section = present(sharded, 'a program dealt to shards')
  const seconds = new Map(section.graphs.map(({ name }) => [name, 1]))
  const runs = (workers: number) =>
    placesOf(section, workers, seconds).map(({ computing }) => computing.reduce((a, b) => a + b, 0))
  const bytes = (workers: number) =>
    placesOf(section, workers, seconds)
      .flatMap(({ takes }) => takes.flat())
      .reduce((sum, take) => sum + take.bytes, 0)

  test('have all runs of all graphs, whoever does them', () => {
    expect(runs(2)).toEqual(runs(1))
    expect(runs(4)).toEqual(runs(1))
  })

  test('have nothing that crosses to one worker alone, and more to more of them', () => {
    expect(bytes(1)).toBe(0)
    expect(bytes(2)).toBeGreaterThan(0)
    expect(bytes(4)).toBeGreaterThan(bytes(2))
  })

  test('take for a run an equal part of what all runs of its graph took', () => {
    const milliseconds = new Map(
      section.graphs.map(({ name, each }) => [name, each === undefined ? 1000 : 4000]),
    )
    for (const graph of section.graphs.filter(({ blocks }) => blocks === undefined))
      expect(ofOneRun(section, milliseconds).get(graph.name)).toBe(1)
  })
})

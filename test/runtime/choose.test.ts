import { describe, expect, test } from 'vitest'
import {
  chosenWay,
  fastest,
  isMeasured,
  LEAST_STEPS,
  toldChoice,
  waysOf,
} from '../../runtime/train/choose.ts'
import { Trainer } from '../../runtime/train/trainer.ts'
import { compile } from '../../src/index.ts'
import { tinyProgram } from '../support/programs.ts'
import { randomImages } from '../support/random-images.ts'

/** Who does the steps of a long run is measured at its start. */

const bundle = compile(tinyProgram({ dtype: 'float32', batch: 4 }), { shards: 2 })

describe('what is measured', () => {
  test('is nothing where somebody has said who does the steps, or on how many threads', () => {
    expect(isMeasured({})).toBe(true)
    expect(isMeasured({ provider: 'cpu' })).toBe(true)
    for (const said of [
      { parallel: 'threads' },
      { threads: 2 },
      { workers: 1 },
      { provider: 'cuda' },
    ] as const)
      expect(isMeasured(said)).toBe(false)
  })

  test('are the ways that a bundle allows, on as many cores', () => {
    const ways = (manifest: Parameters<typeof waysOf>[0], cores: number) =>
      waysOf(manifest, cores).map(({ parallel, threads }) => `${parallel} ${threads}`)
    expect(ways(bundle.manifest, 2)).toEqual(['threads 2', 'pipeline 1', 'shards 1'])
    expect(ways(bundle.manifest, 1)).toEqual(['threads 1'])
    const fused = compile(tinyProgram({ dtype: 'float32', batch: 4 }), { fused: true })
    expect(ways(fused.manifest, 2)).toEqual(['threads 2'])
  })
})

describe('what is chosen', () => {
  const [threads, shards] = [
    { parallel: 'threads', milliseconds: 40 },
    { parallel: 'shards', milliseconds: 22.06 },
  ] as const

  test('is the fastest, and the first where none is clearly faster', () => {
    expect(fastest([threads, shards])).toBe(shards)
    expect(fastest([threads, { ...shards, milliseconds: 39 }])).toBe(threads)
    expect(fastest([threads, shards, { parallel: 'pipeline', milliseconds: 22 }])).toBe(shards)
  })

  test('is told with what was measured', () => {
    expect(toldChoice('shards', [threads, shards])).toBe(
      'a step takes 40 ms by threads, 22.1 ms by shards: shards it is, as with --parallel shards',
    )
  })
})

describe('measuring', () => {
  const options = { bundle, dataset: randomImages(40, 2, 8), seed: 3 }

  test('is not of a run too short to make up for it', async () => {
    const notices: string[] = []
    const way = await chosenWay(
      { ...options, totalSteps: LEAST_STEPS - 1 },
      { onNotice: (notice) => notices.push(notice) },
    )
    expect([way, notices]).toEqual([undefined, []])
  })

  test('changes nothing: a run begins with the values that its seed gives', async () => {
    const steps = { ...options, totalSteps: LEAST_STEPS }
    const first = async () => {
      const trainer = await Trainer.create({ ...steps, threads: 1 })
      const losses = await trainer.step(0)
      await trainer.release()
      return losses
    }
    const before = await first()
    const notices: string[] = []
    const way = await chosenWay(steps, { onNotice: (notice) => notices.push(notice) })
    expect(await first()).toEqual(before)
    expect(notices).toHaveLength(1)
    expect(notices[0]).toContain(`as with --parallel ${String(way?.parallel)}`)
  })

  test('is ended by a signal, whose reason is thrown', async () => {
    const stop = new AbortController()
    stop.abort(new Error('enough'))
    await expect(chosenWay({ ...options, totalSteps: LEAST_STEPS }, { signal: stop.signal })).rejects.toThrow(
      'enough',
    )
  })
})

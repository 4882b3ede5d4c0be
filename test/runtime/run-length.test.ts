import { describe, expect, test } from 'vitest'
import { fixedLength, lengthFor, MeasuredLength, type RunLength } from '../../runtime/train/run-length.ts'
import { tinyManifest } from './tiny-bundle.ts'

/** How many steps a run of the graphs does, by what runs of different length take. */

interface Costs {
  /** Milliseconds of a run beside its steps, of a step, and of the first run alone. */
  readonly run: number
  readonly step: number
  readonly first?: number
}

/** Lengths of the first runs, each as long as is asked for, or as whoever wants a checkpoint allows. */
function lengths(of: RunLength, runs: number, { run, step, first = 0 }: Costs, cut = Infinity): number[] {
  return Array.from({ length: runs }, (_, place) => {
    const steps = Math.min(of.next, cut)
    of.took(steps, run + step * steps + (place === 0 ? first : 0))
    return steps
  })
}

function measured(most: number) {
  const told: string[] = []
  return { told, length: new MeasuredLength(most, (notice) => told.push(notice)) }
}

describe('a run of the graphs', () => {
  test('does the fewest steps of which it costs 2 %', () => {
    const { length, told } = measured(1000)
    // 4 ms of 40 steps of 5 ms are 2 %.
    expect(lengths(length, 9, { run: 4, step: 5 })).toEqual([1, 1, 8, 1, 8, 40, 40, 40, 40])
    expect(told).toEqual(['40 steps in a run of the graphs, which costs 4 ms beside steps of 5 ms each'])
  })

  test('does one where it costs nothing', () => {
    expect(lengths(measured(32).length, 7, { run: 0, step: 5 })).toEqual([1, 1, 8, 1, 8, 1, 1])
  })

  test('is chosen without the first, in which a device chooses its algorithms', () => {
    const slow = { run: 4, step: 5, first: 30_000 }
    expect(lengths(measured(1000).length, 7, slow)).toEqual([1, 1, 8, 1, 8, 40, 40])
  })

  test('does no more steps than the graphs were compiled for, or than take ten seconds', () => {
    expect(lengths(measured(24).length, 7, { run: 400, step: 5 })).toEqual([1, 1, 8, 1, 8, 24, 24])
    // 400 ms are 2 % of 200 steps of 100 ms, which take 20 s.
    const patient = lengths(measured(1000).length, 8, { run: 400, step: 100 })
    expect(patient.at(-1)).toBe(94)
    expect(Math.max(...patient)).toBe(94)
  })

  test('is short while steps are so slow that a longer one could not be waited for', () => {
    expect(lengths(measured(1000).length, 5, { run: 10, step: 4000 })).toEqual([1, 1, 2, 1, 2])
    expect(lengths(measured(1000).length, 4, { run: 10, step: 20_000 })).toEqual([1, 1, 1, 1])
  })

  test('is measured again by a long one, as what a step takes hides in what a short one costs', () => {
    const { length, told } = measured(1000)
    const noisy = [451, 451, 460, 451, 460]
    for (const milliseconds of noisy) length.took(length.next, milliseconds)
    const longer = length.next
    expect(longer).toBeGreaterThan(100)
    length.took(longer, 450 + 5 * longer)
    expect(told).toHaveLength(1)
    expect(length.next).toBeLessThanOrEqual(1000)
    expect(length.next * 5).toBeLessThanOrEqual(10_000)
  })

  test('ends sooner where a checkpoint is wanted, and is chosen by what it did', () => {
    const { length, told } = measured(1000)
    expect(lengths(length, 8, { run: 4, step: 5 }, 3)).toEqual([1, 1, 3, 1, 3, 3, 3, 3])
    expect(told).toHaveLength(1)
    expect(length.next).toBe(40)
    expect(lengths(measured(1000).length, 6, { run: 4, step: 5 }, 1)).toEqual([1, 1, 1, 1, 1, 1])
  })

  test('is never of no steps, whatever the clock says', () => {
    for (const milliseconds of [0, 1e-9, 1e9]) {
      const { length } = measured(1000)
      for (let i = 0; i < 8; i++) length.took(length.next, milliseconds)
      expect(length.next).toBeGreaterThanOrEqual(1)
      expect(Number.isInteger(length.next)).toBe(true)
    }
  })
})

describe('of a bundle', () => {
  const { program, train } = tinyManifest()
  const manifest = (target: 'cpu' | 'cuda', stepsPerRun: number) => ({
    program,
    train: { ...train, stepsPerRun },
    lowering: { target, memory: 1, convolutions: [] },
  })

  test('for the CPU it does as many as were asked for when it was compiled', () => {
    expect(lengthFor(manifest('cpu', 8), {})).toEqual({
      ...fixedLength(8),
      took: expect.any(Function) as unknown,
    })
  })

  test('for cuda it is measured, unless there is one step alone, or somebody says how many', () => {
    expect(lengthFor(manifest('cuda', 8), {})).toBeInstanceOf(MeasuredLength)
    expect(lengthFor(manifest('cuda', 1), {}).next).toBe(1)
    expect(lengthFor(manifest('cuda', 8), { stepsPerRun: 5 }).next).toBe(5)
    expect(lengthFor(manifest('cuda', 8), { stepsPerRun: 'auto' })).toBeInstanceOf(MeasuredLength)
  })

  test('more than it was compiled for is a mistake', () => {
    expect(() => lengthFor(manifest('cuda', 8), { stepsPerRun: 9 })).toThrow(/at most 8 steps in a run/)
  })
})

import { describe, expect, test } from 'vitest'
import { best, compare, ratioOfFastest } from '../../bench/compare.ts'
import { takeTurns, type Entrant, type Timing } from '../../bench/harness.ts'

/** Sides are measured in turn, and compared only if they compute the same. */

const pace = { rounds: 4, milliseconds: 10, warmUp: 3 }

/** An entrant of given milliseconds a step; it writes down every call. */
const entrant = (name: string, milliseconds: number, calls: string[]): Entrant => ({
  name,
  run: (count) => {
    calls.push(`${name} ${count}`)
    return Promise.resolve({ milliseconds: milliseconds * count, values: [[1], [2]] })
  },
})

describe('turns', () => {
  test('come after a warm-up and a turn that does not count, hold as many steps as fit, and begin with another side each round', async () => {
    const calls: string[] = []
    const { timings, satOut, busy, handOver } = await takeTurns(
      [entrant('a', 2, calls), entrant('b', 100, calls)],
      pace,
    )
    expect(calls.slice(0, 4)).toEqual(['a 3', 'a 1', 'b 3', 'b 1'])
    // A step of b takes more than a turn: there was one.
    expect(calls.slice(4, 5)).toEqual(['a 5'])
    expect(calls.slice(5)).toEqual(['a 5', 'b 1', 'b 1', 'a 5', 'a 5', 'b 1', 'b 1', 'a 5'])
    expect(timings.map(({ rounds }) => rounds)).toEqual([
      [2, 2, 2, 2],
      [100, 100, 100, 100],
    ])
    expect(timings.map(({ stepsPerRound }) => stepsPerRound)).toEqual([5, 1])
    expect(satOut).toEqual([])
    expect(busy).toBeGreaterThanOrEqual(0)
    expect(busy).toBeLessThanOrEqual(1)
    expect(handOver.length === 0 || handOver.length === pace.rounds).toBe(true)
    for (const microseconds of handOver) expect(microseconds).toBeGreaterThan(0)
  })
})

test('of several of a kind the slow ones sit out after the turn that does not count', async () => {
  const calls: string[] = []
  const { timings, satOut } = await takeTurns(
    [
      entrant('always', 100, calls),
      { ...entrant('slow', 13, calls), sitsOut: true },
      { ...entrant('fast', 10, calls), sitsOut: true },
      { ...entrant('nearly', 11, calls), sitsOut: true },
    ],
    pace,
  )
  expect(timings.map(({ name }) => name)).toEqual(['always', 'fast', 'nearly'])
  expect(satOut).toEqual([{ name: 'slow', milliseconds: 13 }])
  expect(calls.filter((call) => call.startsWith('slow'))).toEqual(['slow 3', 'slow 1'])
})

describe('a comparison', () => {
  const timing = (name: string, rounds: number[], values: number[][] = [[1, 2]]): Timing => ({
    name,
    rounds,
    values,
    stepsPerRound: 1,
  })

  test('measures against the best variant', () => {
    const rounds = { ours: [2, 4, 2], slow: [8, 8, 8], fast: [4, 5, 4] }
    const comparison = compare(
      'case',
      [timing('ours', rounds.ours), timing('slow', rounds.slow), timing('fast', rounds.fast)],
      1e-6,
    )
    expect(best(comparison)?.name).toBe('fast')
    expect(best(comparison)?.ratio.median).toBe(0.5)
    expect(ratioOfFastest(comparison)).toBe(0.5)
    expect(comparison.difference).toBe(0)
    expect(comparison.rivals.map(({ rounds }) => rounds)).toEqual([rounds.slow, rounds.fast])
  })

  test('is refused where both sides do not compute the same', () => {
    const both = [timing('ours', [1], [[1, 2]]), timing('theirs', [1], [[1, 2.1]])]
    expect(() => compare('case', both, 1e-3)).toThrow('case: the two sides differ by 0.047')
    expect(() => compare('case', [timing('ours', [1]), timing('theirs', [1], [[NaN, 2]])], 1e-3)).toThrow(
      'NaN',
    )
    expect(compare('case', both, undefined).difference).toBeNull()
  })

  test('is held to what is exact where that is known, on either side', () => {
    const both = [timing('ours', [1], [[1, 2]]), timing('theirs', [1], [[1, 2.002]])]
    expect(compare('case', both, 1e-3, [[1, 2.001]]).difference).toBeCloseTo(0.001 / 2.001, 9)
    expect(() => compare('case', both, 1e-4, [[1, 2]])).toThrow('theirs differs from float64 by 0.0009')
    expect(() => compare('case', both, 1e-4, [[1, 2.002]])).toThrow('ours differs from float64 by 0.0009')
  })
})

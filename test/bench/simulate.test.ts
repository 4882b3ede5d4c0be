import { describe, expect, test } from 'vitest'
import { simulate, type Link, type Place, type Take } from '../../bench/scaling/simulate.ts'

/** Steps of shards on workers that are far apart. */

const link: Link = { name: 'round', bandwidth: 1e9, latency: 1e-3 }
const place = (
  computing: readonly number[],
  takes: readonly (readonly Take[])[] = computing.map(() => []),
): Place => ({
  computing,
  takes,
})
const take = (maker: number, madeAt: number, bytes: number, isKept = false): Take => ({
  maker,
  madeAt,
  bytes,
  isKept,
})

describe('a simulated step', () => {
  test('of workers that need nothing of each other is that of the slowest', () => {
    const { step, computing, crossing } = simulate([place([0.2, 0.3]), place([0.2, 0.4])], link)
    expect(step).toBeCloseTo(0.7, 12)
    expect(computing).toBeCloseTo(0.7, 12)
    expect(crossing).toBe(0)
  })

  test('has places of different workers side by side', () => {
    expect(simulate([place([0.5, 0]), place([0, 0.4])], link).step).toBeCloseTo(0.5, 12)
  })

  test('waits for what another makes, for its bytes and for the latency', () => {
    // Rows are gathered by worker 0, which gives worker 1 what it needs to go on, and has its sums. Worker 1 is ahead then:
    // its rows of the next step are there when worker 0 wants them.
    const places = [
      place([0.1, 0.1]),
      place([0.2, 0], [[take(1, 0, 4e6)], []]),
      place([0.1, 0.1], [[], [take(0, 1, 6e6)]]),
      place([0.05, 0], [[take(1, 2, 1e6)], []]),
    ]
    const { step, crossing } = simulate(places, link)
    expect(crossing).toBe(11e6)
    expect(step).toBeCloseTo(0.1 + 0.2 + (0.006 + 0.001) + 0.1 + (0.001 + 0.001) + 0.05, 12)
  })

  test('sends to one reader after the other', () => {
    const places = [
      place([0.1, 0, 0]),
      place([0, 0.01, 0.01], [[], [take(0, 0, 5e6)], [take(0, 0, 5e6)]]),
      // The next step begins when all are here.
      place([0.1, 0, 0], [[take(1, 1, 0), take(2, 1, 0)], [], []]),
    ]
    expect(simulate(places, link).step).toBeCloseTo(0.1 + 0.01 + 0.001 + 0.01 + 0.001 + 0.1, 12)
  })

  test('needs parameters of the step before where it first reads them, and not earlier', () => {
    const late = [place([0.3, 0.3]), place([0.1, 0.1], [[take(1, 1, 2e8, true)], [take(0, 1, 2e8, true)]])]
    // They cross while the first graphs run.
    expect(simulate(late, { ...link, latency: 0 }).step).toBeCloseTo(0.4, 12)
    const early = [place([0.3, 0.3], [[take(1, 1, 2e8, true)], [take(0, 1, 2e8, true)]]), place([0.1, 0.1])]
    expect(simulate(early, { ...link, latency: 0 }).step).toBeCloseTo(0.6, 12)
  })
})

import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { largestDifference, median, pairedRatio, quantile, spread } from '../../bench/statistics.ts'

/** The figures of benchmarks are order statistics of rounds. */

const times = fc.array(fc.double({ min: 0.1, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 15 })

describe('quantiles', () => {
  test('of known values', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
    expect(quantile([10, 20, 30, 40, 50], 0.25)).toBe(20)
    expect(spread([5, 1, 4, 2, 3])).toEqual({ least: 1, low: 2, median: 3, high: 4 })
  })

  test('do not depend on the order of the rounds, and lie between the extremes', () => {
    fc.assert(
      fc.property(times, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const value = quantile(values, q)
        expect(quantile(values.toReversed(), q)).toBe(value)
        expect(value).toBeGreaterThanOrEqual(Math.min(...values))
        expect(value).toBeLessThanOrEqual(Math.max(...values))
      }),
    )
  })
})

describe('ratios', () => {
  test('are taken round by round, so that a slow round of both sides changes nothing', () => {
    fc.assert(
      fc.property(times, fc.double({ min: 0.1, max: 10, noNaN: true }), (theirs, ratio) => {
        const found = pairedRatio(
          theirs.map((time) => time * ratio),
          theirs,
        )
        for (const value of Object.values(found)) expect(value).toBeCloseTo(ratio, 9)
      }),
    )
    // Medians of each side alone would say 2 / 3.
    expect(pairedRatio([1, 2, 30], [2, 4, 3]).median).toBe(0.5)
  })

  test('need as many rounds on both sides', () => {
    expect(() => pairedRatio([1, 2], [1])).toThrow('2 rounds against 1')
  })
})

describe('the largest difference', () => {
  test('is relative above 1 and absolute below', () => {
    expect(largestDifference([[100, 0.1]], [[101, 0.1]])).toBeCloseTo(1 / 101)
    expect(largestDifference([[0], [1e-3]], [[0], [3e-3]])).toBeCloseTo(2e-3)
  })

  test('of nothing, or of different numbers of values, is a mistake', () => {
    expect(() => largestDifference([], [])).toThrow('0 numbers')
    expect(() => largestDifference([[1, 2]], [[1]])).toThrow('2 numbers against 1')
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stream } from '../../runtime/values/random.ts'

const take = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next)
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

describe('a random stream', () => {
  it('is the same for the same seed, purpose and step, and another for any other', () => {
    const first = (seed: number, purpose: string, step: number) => {
      const random = stream(seed, purpose, step)
      return take(4, () => random.uniformDouble()).join()
    }
    const key = fc.tuple(fc.integer(), fc.string(), fc.nat())
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(first(...a)).toBe(first(...a))
        if (a.join('|') !== b.join('|')) expect(first(...a)).not.toBe(first(...b))
      }),
    )
    expect(new Set(take(2000, () => 0).map((_, step) => first(1, 'views', step))).size).toBe(2000)
  })

  it('keeps its numbers from version to version: old runs can be resumed', () => {
    const random = stream(42, 'golden', 7)
    expect([random.uniform(), random.uniformDouble(), random.integer(1000), random.normal()])
      .toMatchInlineSnapshot(`
      [
        0.7153096199035645,
        0.9382983033330307,
        957,
        -1.2490026990223175,
      ]
    `)
  })

  it('draws uniform numbers in [0, 1) that float32 holds exactly', () => {
    const random = stream(1, 'uniform')
    const values = take(20_000, () => random.uniform())
    expect(values.every((value) => value >= 0 && value < 1 && Math.fround(value) === value)).toBe(true)
    expect(mean(values)).toBeCloseTo(0.5, 2)
    expect(mean(values.map((value) => (value - 0.5) ** 2))).toBeCloseTo(1 / 12, 2)
  })

  it('draws doubles with all 53 bits', () => {
    const random = stream(1, 'double')
    const values = take(20_000, () => random.uniformDouble())
    expect(values.every((value) => value >= 0 && value < 1 && Number.isInteger(value * 2 ** 53))).toBe(true)
    expect(values.filter((value) => (value * 2 ** 53) % 2 === 1).length / 20_000).toBeCloseTo(0.5, 1)
    expect(mean(values)).toBeCloseTo(0.5, 2)
  })

  it('draws every integer below a bound equally often', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer(), (below, seed) => {
        const random = stream(seed, 'integer')
        const counts = new Uint32Array(below)
        for (const drawn of take(2000 * below, () => random.integer(below))) {
          counts[drawn] = (counts[drawn] ?? 0) + 1
        }
        // Six standard deviations of a count whose mean is 2000.
        for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(6 * Math.sqrt(2000))
      }),
      { numRuns: 20, seed: 1 },
    )
  })

  it('refuses a bound that no integer is below', () => {
    expect(() => stream(1, 'x').integer(0)).toThrow(RangeError)
    expect(() => stream(1, 'x').integer(1.5)).toThrow(RangeError)
  })

  it('draws normal numbers: mean 0, variance 1, no skew, kurtosis 3', () => {
    const random = stream(3, 'normal')
    const values = take(200_000, () => random.normal())
    const moments = [1, 2, 3, 4].map((power) => mean(values.map((value) => value ** power)))
    expect(moments[0]).toBeCloseTo(0, 1.5)
    expect(moments[1]).toBeCloseTo(1, 1.5)
    expect(moments[2]).toBeCloseTo(0, 1)
    expect(moments[3]).toBeCloseTo(3, 1)
  })

  it('shuffles in place: a permutation, with every order equally likely', () => {
    const random = stream(5, 'shuffle')
    const orders = new Map<string, number>()
    for (let round = 0; round < 12_000; round++) {
      const values = new Uint32Array([0, 1, 2])
      expect(random.shuffle(values)).toBe(values)
      orders.set(values.join(''), (orders.get(values.join('')) ?? 0) + 1)
    }
    expect([...orders.keys()].sort()).toEqual(['012', '021', '102', '120', '201', '210'])
    for (const count of orders.values()) expect(Math.abs(count - 2000)).toBeLessThan(6 * Math.sqrt(2000))
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { learningRate } from '../../runtime/batches/rate.ts'
import type { Rate } from '../../src/bundle/schema/rate.ts'

const course = (rate: Rate, totalSteps: number): number[] =>
  Array.from({ length: totalSteps }, (_, step) => learningRate(rate, step, totalSteps))

describe('the learning rate', () => {
  it('stays constant', () => {
    expect(course({ kind: 'constant', lr: 0.1 }, 3)).toEqual([0.1, 0.1, 0.1])
  })

  it('drops by the factor after each part of the steps', () => {
    expect(course({ kind: 'step', lr: 8, every: 0.25, factor: 0.5 }, 8)).toEqual([8, 8, 4, 4, 2, 2, 1, 1])
    expect(course({ kind: 'step', lr: 4, every: 0.25, factor: 0.5 }, 6)).toEqual([4, 4, 2, 1, 1, 0.5])
  })

  it('drops on the step it should although fractions are rounded', () => {
    for (let parts = 1; parts <= 100; parts++) {
      const total = parts * 7
      const rate: Rate = { kind: 'step', lr: 1, every: 1 / parts, factor: 0.5 }
      for (let part = 1; part < Math.min(parts, 30); part++) {
        expect(learningRate(rate, part * 7, total)).toBe(0.5 ** part)
        expect(learningRate(rate, part * 7 - 1, total)).toBe(0.5 ** (part - 1))
      }
    }
  })

  it('warms up in equal steps, the first already above zero, then falls along a cosine', () => {
    const rates = course({ kind: 'cosine', lr: 1, warmup: 0.4, final: 0 }, 10)
    expect(rates.slice(0, 5)).toEqual([0.25, 0.5, 0.75, 1, 1])
    expect(rates[7]).toBeCloseTo(0.5, 12)
    expect(rates[9]).toBeCloseTo((1 + Math.cos((5 / 6) * Math.PI)) / 2, 12)
  })

  it('ends at `final`, a fraction of lr, and stays there', () => {
    const rate: Rate = { kind: 'cosine', lr: 2, warmup: 0, final: 0.1 }
    expect(learningRate(rate, 0, 10)).toBe(2)
    expect(learningRate(rate, 10, 10)).toBeCloseTo(0.2, 12)
    expect(learningRate(rate, 25, 10)).toBeCloseTo(0.2, 12)
  })

  it('is finite, above zero and at most lr, for any length and warm-up', () => {
    const part = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(part, part, fc.integer({ min: 1, max: 60 }), (warmup, final, totalSteps) => {
        for (const rate of course({ kind: 'cosine', lr: 1, warmup, final }, totalSteps)) {
          expect(rate).toBeGreaterThan(0)
          expect(rate).toBeLessThanOrEqual(1)
        }
      }),
    )
  })
})

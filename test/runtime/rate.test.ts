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

  it('goes in straight lines from point to point, and stays before and after them', () => {
    const points = (unit: 'run' | 'step', given: readonly (readonly [number, number])[]): Rate => ({
      ...{ kind: 'points', lr: 1, points: given, unit, between: 'lines' },
    })
    const given = [
      [0.25, 1],
      [0.5, 0.5],
      [0.75, 0.25],
    ] as const
    expect(course(points('run', given), 8)).toEqual([1, 1, 1, 0.75, 0.5, 0.375, 0.25, 0.25])
    const steps = [
      [1, 1],
      [3, 0.5],
    ] as const
    expect(course(points('step', steps), 5)).toEqual([1, 1, 0.75, 0.5, 0.5])
    expect(course(points('step', [[2, 0.5]]), 5)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5])
  })

  it('jumps where two points share a place, and at every point of steps', () => {
    const given = [
      [0, 1],
      [0.5, 0.75],
      [0.5, 0.25],
      [1, 0],
    ] as const
    const points = { kind: 'points', lr: 1, points: given, unit: 'run' } as const
    expect(course({ ...points, between: 'lines' }, 4)).toEqual([1, 0.875, 0.25, 0.125])
    expect(course({ ...points, between: 'steps' }, 4)).toEqual([1, 1, 0.25, 0.25])
  })

  it('by steps is the schedule of steps, whatever the length of the run', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 500 }), (parts, total) => {
        const points = Array.from({ length: parts }, (_, i) => [i / parts, 0.5 ** i] as const)
        expect(course({ kind: 'points', lr: 1, points, unit: 'run', between: 'steps' }, total)).toEqual(
          course({ kind: 'step', lr: 1, every: 1 / parts, factor: 0.5 }, total),
        )
      }),
    )
  })

  it('of a table is the table at its places, and a straight line between them', () => {
    const table = { kind: 'table', lr: 1, values: [1, 0.5, 0.75] } as const
    expect(course(table, 2)).toEqual([1, 0.5])
    expect(course(table, 4)).toEqual([1, 0.75, 0.5, 0.625])
    expect(learningRate(table, 4, 4)).toBe(0.75)
  })
})

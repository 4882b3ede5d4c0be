import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawTensor } from '../../runtime/batches/draws.ts'
import { UserError } from '../../src/base/error.ts'
import type { Draw } from '../../src/bundle/schema/values.ts'

const negatives = (count: number, views: number, images: number): Draw => ({
  kind: 'negatives',
  name: 'negatives',
  type: 'int64',
  shape: [count, views * images],
  images,
})
const uniform: Draw = { kind: 'uniform', name: 'crop', type: 'float32', shape: [3, 5] }

describe('uniform draws', () => {
  it('have the shape asked for, and values in [0, 1)', () => {
    const { type, shape, data } = drawTensor(uniform, 1, 0)
    expect({ type, shape }).toEqual({ type: 'float32', shape: [3, 5] })
    expect(data).toBeInstanceOf(Float32Array)
    expect([...data].every((value) => value >= 0 && value < 1)).toBe(true)
  })

  it('depend on seed, step and name, and on nothing else', () => {
    expect(drawTensor(uniform, 1, 4)).toEqual(drawTensor(uniform, 1, 4))
    expect(drawTensor(uniform, 1, 4).data).not.toEqual(drawTensor(uniform, 1, 5).data)
    expect(drawTensor(uniform, 1, 4).data).not.toEqual(drawTensor(uniform, 2, 4).data)
    expect(drawTensor(uniform, 1, 4).data).not.toEqual(drawTensor({ ...uniform, name: 'flip' }, 1, 4).data)
  })
})

describe('negatives', () => {
  it('are rows of another image, for every row', () => {
    const sizes = fc.record({
      count: fc.integer({ min: 1, max: 4 }),
      views: fc.integer({ min: 1, max: 3 }),
      images: fc.integer({ min: 2, max: 40 }),
    })
    fc.assert(
      fc.property(sizes, fc.integer(), fc.nat(), ({ count, views, images }, seed, step) => {
        const { type, shape, data } = drawTensor(negatives(count, views, images), seed, step)
        expect({ type, shape }).toEqual({ type: 'int64', shape: [count, views * images] })
        expect(data.length).toBe(count * views * images)
        data.forEach((value, entry) => {
          const row = Number(value)
          expect(row).toBeGreaterThanOrEqual(0)
          expect(row).toBeLessThan(views * images)
          expect(row % images).not.toBe((entry % (views * images)) % images)
        })
      }),
    )
  })

  it('are all allowed rows equally often', () => {
    const draws = 3000
    const counts = Array.from({ length: 6 }, () => new Array<number>(6).fill(0))
    for (let step = 0; step < draws; step++) {
      drawTensor(negatives(1, 2, 3), 9, step).data.forEach((drawn, row) => {
        const ofRow = counts[row] ?? []
        ofRow[Number(drawn)] = (ofRow[Number(drawn)] ?? 0) + 1
      })
    }
    counts.forEach((ofRow, row) => {
      ofRow.forEach((count, drawn) => {
        const expected = row % 3 === drawn % 3 ? 0 : draws / 4
        expect(Math.abs(count - expected)).toBeLessThan(expected === 0 ? 1 : 6 * Math.sqrt(expected))
      })
    })
  })

  it('cannot be drawn of a single image: that is said in words', () => {
    expect(() => drawTensor(negatives(1, 2, 1), 1, 0)).toThrow(UserError)
    expect(() => drawTensor(negatives(1, 2, 1), 1, 0)).toThrow(
      "a batch of one image has no negatives for 'negatives'\n  Compile the program with a batch of 2 images or more.",
    )
  })

  it('of a shape that is no whole number of views are a bug', () => {
    expect(() => drawTensor({ ...negatives(1, 2, 3), shape: [1, 7] }, 1, 0)).toThrow(
      '[1,7] is not [count, views × 3]',
    )
  })
})

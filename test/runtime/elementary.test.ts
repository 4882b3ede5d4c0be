import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cosineOfHalfTurns, logarithm, wholePower } from '../../runtime/values/elementary.ts'

/** 2⁻⁵², the distance from 1 to the next number. */
const LAST_BIT = Number.EPSILON

describe('the logarithm', () => {
  it('is that of the engine to its last place', () => {
    const positive = fc.double({ min: 2 ** -1022, noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(positive, (x) => {
        const error = Math.abs(logarithm(x) - Math.log(x))
        expect(error).toBeLessThanOrEqual(LAST_BIT * Math.abs(Math.log(x)))
      }),
    )
  })

  it('is 0 of 1, and turns the sign with the reciprocal of a power of two', () => {
    expect(logarithm(1)).toBe(0)
    for (let k = 1; k < 100; k++) expect(logarithm(2 ** -k)).toBe(-logarithm(2 ** k))
  })
})

describe('the cosine of half turns', () => {
  it('is exact at quarters of a turn', () => {
    expect([0, 0.5, 1].map(cosineOfHalfTurns)).toEqual([1, 0, -1])
  })

  it('is the cosine, to what rounding of the angle leaves', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (turns) => {
        expect(Math.abs(cosineOfHalfTurns(turns) - Math.cos(Math.PI * turns))).toBeLessThan(3 * LAST_BIT)
      }),
    )
  })

  it('turns its sign about the middle', () => {
    for (let i = 0; i <= 64; i++) expect(cosineOfHalfTurns(i / 64) + cosineOfHalfTurns(1 - i / 64)).toBe(0)
  })
})

describe('whole powers', () => {
  it('are exact where their numbers are', () => {
    expect([0, 1, 2, 3, 10].map((exponent) => wholePower(0.5, exponent))).toEqual([
      1,
      0.5,
      0.25,
      0.125,
      2 ** -10,
    ])
    expect(wholePower(3, 20)).toBe(3 ** 20)
    expect(wholePower(0, 0)).toBe(1)
  })
})

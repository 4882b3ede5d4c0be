import { describe, expect, test } from 'vitest'
import { at, counted, found, present } from '../../src/base/lists.ts'
import { fourAxes, mapSize, sizeOf, threeAxes, twoAxes } from '../../src/base/shapes.ts'
import { knownValues } from '../../src/cut/known-values.ts'
import { conv2d } from '../../src/ops/conv.ts'
import { filled, input } from '../../src/ops/leaf.ts'

/** Nothing stands in for what is missing: an axis, an item, a number that nobody knows. */

describe('an axis', () => {
  test('is counted from the first, or from the last', () => {
    expect([0, 2, -1, -3].map((axis) => sizeOf([4, 3, 8], axis))).toEqual([4, 8, 8, 4])
  })

  test('may have no elements, and is there all the same', () => {
    expect(sizeOf([0, 2], 0)).toBe(0)
    expect(twoAxes([0, 2])).toEqual([0, 2])
  })

  test.each([2, -3])('that is not there is no size: %d', (axis) => {
    expect(() => sizeOf([4, 3], axis)).toThrow(`[4, 3] has no axis ${axis}`)
  })

  test('more or less is another kind of value', () => {
    expect(() => twoAxes([4])).toThrow('[4] has 1 axes, not 2')
    expect(() => threeAxes([4, 3, 8, 8])).toThrow('[4, 3, 8, 8] has 4 axes, not 3')
    expect(() => fourAxes([4, 3])).toThrow('[4, 3] has 2 axes, not 4')
    expect(() => mapSize([4, 3])).toThrow('not 4')
    expect(mapSize([4, 3, 8, 6])).toEqual([8, 6])
  })
})

describe('an item', () => {
  test('of a list or of numbers that is not there is none', () => {
    expect(at(Float64Array.of(1, 0), 1)).toBe(0)
    expect(() => at(Float64Array.of(1, 0), 2)).toThrow('there is no item 2 of 2')
    expect(() => at([1, 0], -1)).toThrow('there is no item -1 of 2')
  })

  test('of a map is found, or its absence is told', () => {
    const map = new Map([['a', 0]])
    expect(found(map, 'a', 'a')).toBe(0)
    expect(() => found(map, 'b', 'b')).toThrow('b is not known')
    expect(() => present(map.get('c'), 'c')).toThrow('c is not known')
  })

  test('that nobody has counted is there no time', () => {
    expect(['a', 'b'].map((key) => counted(new Map([['a', 3]]), key))).toEqual([3, 0])
  })
})

test('a convolution of zeros is its bias, of which nothing is known', () => {
  const x = filled('float32', [2, 3, 4, 4], 0)
  const weight = input('parameter', 'weight', 'float32', [5, 3, 1, 1])
  const window = { kernel: [1, 1], stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 } as const
  const valueOf = (bias: Parameters<typeof conv2d>[2]) => knownValues()(conv2d(x, weight, bias, window)).value
  expect(valueOf(undefined)).toBe(0)
  expect(valueOf(filled('float32', [5], 0))).toBe(0)
  expect(valueOf(input('parameter', 'bias', 'float32', [5]))).toBeUndefined()
})

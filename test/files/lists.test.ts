import { expect, test } from 'vitest'
import { at, found, zip } from '../../src/base/lists.ts'

/** What is not there is an error, not something else. */

test('an item, an entry and pairs are what is there', () => {
  expect(at(['a', 'b'], 1)).toBe('b')
  expect(found(new Map([['x', 0]]), 'x', 'x')).toBe(0)
  expect(zip([1, 2], ['a', 'b'])).toEqual([
    [1, 'a'],
    [2, 'b'],
  ])
})

test('or an error', () => {
  expect(() => at(['a'], 1)).toThrow('there is no item 1 of 1')
  expect(() => at(['a'], -1)).toThrow('there is no item -1 of 1')
  expect(() => found(new Map<string, number>(), 'x', 'the length')).toThrow('the length is not known')
  expect(() => zip([1], [])).toThrow('1 items meet 0')
})

import { expect, test } from 'vitest'
import { BestValues } from '../../runtime/align/best-values.ts'

/** A layer whose one value counts the steps done, under given errors; 16 steps are windows of two. */
function after(errors: readonly number[]): number {
  let steps = 0
  const read = () => new Map([['b', { type: 'float64' as const, shape: [], data: Float64Array.of(steps) }]])
  const best = new BestValues(['layer'], errors.length, read)
  for (const error of errors) {
    steps++
    best.add({ layer: error })
  }
  return Number(best.values().get('b')?.data[0])
}
const constant = (value: number) => Array<number>(16).fill(value)

test('errors that fall keep the values that the last window began with', () => {
  expect(after(constant(0).map((_, i) => 20 - i))).toBe(14)
})

test('errors that rise keep the values of the start', () => {
  expect(after(constant(0).map((_, i) => i))).toBe(0)
})

test('errors that fall and rise keep the values of the turn', () => {
  expect(after([9, 9, 5, 5, 2, 2, 3, 3, 7, 7, 8, 8, 9, 9, 9, 9])).toBe(4)
})

test('one lucky batch does not decide', () => {
  expect(after([4, 4, 0, 9, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4])).toBe(4)
})

import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/grad/reverse.ts'
import { teaches } from '../../src/grad/teaches.ts'
import { add, mul } from '../../src/ops/elementwise.ts'
import { gridSample } from '../../src/ops/grid-sample.ts'
import { sum } from '../../src/ops/reduce.ts'
import { cut, stopGradient } from '../../src/ops/stop.ts'
import { evaluate, leaf } from '../support/evaluate.ts'

const all = (x: Parameters<typeof sum>[0]) =>
  sum(
    x,
    x.shape.map((_, axis) => axis),
  )

describe('reverse mode', () => {
  test('adds up what arrives by several paths', async () => {
    const x = leaf('float64', [2])
    const [slope] = gradients(all(add(mul(x, x), x)), [x])
    expect(await evaluate(slope ? [slope] : [], new Map([[x, [3, -1]]]))).toEqual([Float64Array.of(7, -1)])
  })

  test('sums over the axes along which a value was broadcast', async () => {
    const [bias, x] = [leaf('float64', [3]), leaf('float64', [2, 3])]
    const [slope] = gradients(all(mul(x, bias)), [bias])
    const feeds = new Map([[x, [1, 2, 3, 10, 20, 30]]])
    expect(slope?.shape).toEqual([3])
    expect(await evaluate(slope ? [slope] : [], feeds)).toEqual([Float64Array.of(11, 22, 33)])
  })

  test('gives zeros for a parameter that the loss does not reach', async () => {
    const [x, other] = [leaf('float64', [2]), leaf('float64', [3])]
    const [slope] = gradients(all(x), [other])
    expect(await evaluate(slope ? [slope] : [])).toEqual([Float64Array.of(0, 0, 0)])
  })

  test.each([
    ['stopGradient', stopGradient],
    ['cut', (x: Parameters<typeof stopGradient>[0]) => cut(x, 'x.out')],
  ])('does not cross %s', async (_, stop) => {
    const x = leaf('float64', [2])
    const loss = all(mul(x, stop(x)))
    const [slope] = gradients(loss, [x])
    expect(await evaluate(slope ? [slope] : [], new Map([[x, [3, 5]]]))).toEqual([Float64Array.of(3, 5)])
    expect(teaches(all(stop(x)))).toEqual([])
    expect(teaches(loss)).toEqual([x])
  })

  test('names the line of an op without a gradient', () => {
    const [maps, grid] = [leaf('float32', [1, 1, 2, 2]), leaf('float32', [1, 2, 2, 2])]
    const loss = all(gridSample(maps, grid))
    expect(() => gradients(loss, [maps])).toThrow(
      /gridSample has no gradient, but a parameter is reached through it\n {2}at test\/compiler\/gradient\.test\.ts:\d+:\d+\n.*stopGradient/,
    )
  })

  test('wants a loss of one number', () => {
    const x = leaf('float64', [2])
    expect(() => gradients(mul(x, x), [x])).toThrow(/a loss must be one number[^]*\.mean\(\)/)
  })
})

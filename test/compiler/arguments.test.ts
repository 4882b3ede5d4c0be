import { describe, expect, test } from 'vitest'
import { Tensor } from '../../src/index.ts'
import { input } from '../../src/ops/leaf.ts'

/** Programs run without TypeScript's checks: what a method does not take is refused, not passed over. */

const x = new Tensor(input('activity', 'x', 'float32', [2, 3, 8, 8]))
const call = (method: string, ...given: unknown[]): unknown => {
  const found: unknown = Reflect.get(x, method)
  if (typeof found !== 'function') throw new Error(`no method ${method}`)
  return Reflect.apply(found, x, given)
}

describe('an argument too many is refused', () => {
  test.each<readonly [string, readonly unknown[]]>([
    ['maxPool', [2, 1]],
    ['maxPool', [2, { stride: 1 }]],
    ['averagePool', [2, { stride: 1 }]],
    ['softplus', [2]],
    ['relu', [3]],
    ['detach', [1]],
    ['add', [1, 2]],
    ['clamp', [0, 1, 2]],
    ['slice', [0, 0, 2, 1, 1]],
  ])('by %s', (method, given) => {
    expect(() => call(method, ...given)).toThrow(
      `a tensor float32[2, 3, 8, 8] was given ${given.length} arguments for ${method}`,
    )
  })

  test('but for those that are undefined', () => {
    expect(call('add', 1, undefined)).toBeInstanceOf(Tensor)
    expect(call('mean', 2, 3)).toBeInstanceOf(Tensor)
  })
})

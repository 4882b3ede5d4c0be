import { describe, expect, test } from 'vitest'
import { directCost, roofline } from '../../bench/direct-cost.ts'
import {
  describe as describeStep,
  describeForwardForward,
  vgg6,
  type RuleName,
} from '../../bench/programs.ts'

/** What a step cannot do without, counted by the compiler before it chooses how to compute it. */

const shape = vgg6('cifar10', 'eighth')
const rows = 2 * shape.batch

/** A multiply and an add for each output of a 3×3 convolution and each weight that it reads, layer by layer. */
const convolutions = (() => {
  let [side, inputs] = [shape.size, 3]
  return shape.layers.map(({ channels, pooled }) => {
    const flops = 2 * rows * channels * side * side * inputs * 9
    ;[side, inputs] = [pooled ? side / 2 : side, channels]
    return flops
  })
})()
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
const weights = shape.layers.map(
  ({ channels }, i) => channels * ((shape.layers[i - 1]?.channels ?? 3) * 9 + 1),
)
const flopsOf = (name: RuleName) => directCost(describeStep(name, shape).program).flops

describe('operations', () => {
  test('of a local rule are those of each layer forwards, of its weights, and of its projection', () => {
    // Twice each: the projection of all rows, and its gradient; features are means over the whole map.
    const projections = shape.layers.map(({ channels }) => 2 * 2 * rows * channels * channels)
    expect(flopsOf('clapp')).toBe(2 * sum(convolutions) + sum(projections))
  })

  test('of backpropagation are those of the inputs besides, but for the lowest layer', () => {
    const [first = 0, ...others] = convolutions
    const products = flopsOf('bp-clapp++') - (2 * first + 3 * sum(others))
    expect(products).toBeGreaterThan(0)
    expect(products).toBeLessThan(0.01 * sum(convolutions))
  })

  test('of layers of units are products', () => {
    const units = 10
    const rows = 8
    expect(directCost(describeForwardForward([units], 4).program).flops).toBe(2 * (2 * rows * 784 * units))
  })
})

describe('updates read and write every parameter and both moments of AdamW once', () => {
  const bytesOf = (parameters: number) => 2 * 3 * 4 * parameters
  const updatesOf = (name: RuleName) => directCost(describeStep(name, shape).program).updateBytes

  test('in one graph with the layer', () => {
    const projections = shape.layers.map(({ channels }) => channels ** 2)
    expect(updatesOf('clapp')).toBe(bytesOf(sum(weights) + sum(projections)))
  })

  test('block by block', () => {
    let side = shape.size
    const projections = shape.layers.map(({ channels, pooled, tile }) => {
      if (pooled) side /= 2
      return (channels * (side / tile) ** 2) ** 2
    })
    expect(updatesOf('clapp++')).toBe(bytesOf(sum(weights) + sum(projections)))
  })
})

test('a step at least takes its products at the peak, then its updates at the speed of memory', () => {
  const found = roofline({ flops: 4e9, updateBytes: 2e9 }, { flops: 1e12, bandwidth: 1e11 })
  expect(found.products).toBeCloseTo(4e-3, 12)
  expect(found.updates).toBeCloseTo(2e-2, 12)
  expect(found.both).toBeCloseTo(2.4e-2, 12)
})

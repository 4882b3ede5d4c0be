import { describe, expect, test } from 'vitest'
import { linearConvNetwork } from '../../rules/recipes/linear/convolutional.ts'
import { linearNetwork } from '../../rules/recipes/linear/dense.ts'
import { stream } from '../../runtime/values/random.ts'
import { bestProjections } from '../../theory/best-projections.ts'
import { EQUAL, notSmall } from '../../theory/check.ts'
import { contrastNames, contrasts } from '../../theory/contrasts.ts'
import { randomDataset } from '../../theory/dataset.ts'
import { belowTop, distances } from '../../theory/distance.ts'
import { withGradientGraphs, type GradientGraph } from '../../theory/gradient-graph.ts'
import { matrixOf, multiply, semiOrthogonal, transpose, type Matrix } from '../../theory/matrix.ts'
import { convLayer, denseLayer, spreadOrthogonal } from '../../theory/network.ts'
import type { Distance } from '../../theory/distance.ts'
import type { LinearLayer } from '../../theory/network.ts'

/** The theorem on compiled graphs, and that a network or projections it does not speak of are told apart. */

const WIDTH = 5
const BATCHES = 8
const program = linearNetwork({
  inputs: WIDTH,
  widths: [WIDTH, WIDTH, WIDTH],
  contrast: contrasts.squared.rule(),
})

const network = (stretch: number): LinearLayer[] => {
  const random = stream(3, 'network')
  return [1, 2, 3].map(() => denseLayer(spreadOrthogonal(WIDTH, stretch, random)))
}

const compare = async (graph: GradientGraph, layers: LinearLayer[], projections: readonly Matrix[]) => {
  graph.assign(layers, projections)
  return distances(belowTop(await graph.at(randomDataset(graph.section, BATCHES, 4).batches[0])))
}
const worst = (found: readonly Distance[]) => Math.max(...found.map(({ largest }) => largest))
const best = (graph: GradientGraph, layers: LinearLayer[], decay = 0) =>
  bestProjections(layers, randomDataset(graph.section, BATCHES, 4), {
    contrast: 'squared',
    context: 'same',
    decay,
  }).projections

describe('local and backpropagated gradients of a network of equal widths', () => {
  test('are equal where every projection is at its optimum', () =>
    withGradientGraphs([program], async ([graph]) => {
      if (!graph) throw new Error('no graph')
      const found = await compare(graph, network(1), best(graph, network(1)))
      expect(worst(found)).toBeLessThan(EQUAL)
      expect(Math.min(...found.map(({ size }) => size))).toBeGreaterThan(0.05)
    }))

  test('differ where one projection is a little away from its optimum', () =>
    withGradientGraphs([program], async ([graph]) => {
      if (!graph) throw new Error('no graph')
      const [first, ...others] = best(graph, network(1))
      if (!first) throw new Error('no projection')
      const off = { ...first, data: first.data.map((value, i) => (i === 0 ? value + 1e-6 : value)) }
      expect(worst(await compare(graph, network(1), [off, ...others]))).toBeGreaterThan(100 * EQUAL)
    }))

  test('differ under weight decay of the projections, but for orthonormal weights', () =>
    withGradientGraphs([program], async ([graph]) => {
      if (!graph) throw new Error('no graph')
      const decayed = async (stretch: number) =>
        worst(await compare(graph, network(stretch), best(graph, network(stretch), 0.1)))
      expect(await decayed(1)).toBeLessThan(EQUAL)
      expect(await decayed(1.001)).toBeGreaterThan(100 * EQUAL)
    }))

  test('vanish over the whole data set, which would compare nothing', () =>
    withGradientGraphs([program], async ([graph]) => {
      if (!graph) throw new Error('no graph')
      graph.assign(network(1), best(graph, network(1)))
      const sizes = distances(await graph.over(randomDataset(graph.section, BATCHES, 4))).map(
        ({ size }) => size,
      )
      expect(Math.max(...sizes)).toBeLessThan(1e-13)
      expect(notSmall('whole data set', sizes).holds).toBe(false)
    }))
})

test('the best projection of a layer is Qᵀ B Q, where B is that of the top and Q the layers between', () =>
  withGradientGraphs([program], async ([graph]) => {
    if (!graph) throw new Error('no graph')
    const layers = network(1.3)
    const [first, , top] = best(graph, layers)
    const [, second, third] = layers
    if (!first || !top || !second || !third) throw new Error('three layers have three projections')
    const between = multiply(third.matrix, second.matrix)
    const expected = multiply(multiply(transpose(between), top), between)
    first.data.forEach((value, i) => {
      expect(value).toBeCloseTo(expected.data[i] ?? NaN, 11)
    })
    await Promise.resolve()
  }))

test.each(contrastNames)(
  'convolutions with 1×1 orthonormal kernels are orthonormal maps: equal gradients (%s)',
  async (contrast) => {
    const size = 2
    const conv = linearConvNetwork({
      channels: 2,
      size,
      kernel: 1,
      contrast: contrasts[contrast].rule(),
      batch: 8,
    })
    await withGradientGraphs([conv], async ([graph]) => {
      if (!graph) throw new Error('no graph')
      const random = stream(5, 'kernels')
      const layers = [1, 2, 3].map(() => {
        const kernel = semiOrthogonal(2, 2, random)
        return convLayer(
          { out: 2, inputs: 2, side: 1, size },
          (out, input) => kernel.data[out * 2 + input] ?? 0,
        )
      })
      const data = randomDataset(graph.section, 24, 6)
      graph.assign(layers, bestProjections(layers, data, { contrast, context: 'same' }).projections)
      const found = distances(belowTop(await graph.at(data.batches[0])))
      expect(worst(found)).toBeLessThan(EQUAL)
      expect(Math.min(...found.map(({ size: largest }) => largest))).toBeGreaterThan(0.05)
    })
  },
)

test('weights that a graph does not have are refused', () =>
  withGradientGraphs([program], ([graph]) => {
    expect(() => graph?.assign(network(1).slice(1), [])).toThrow('no weights or no projection for')
    const square = matrixOf(WIDTH, WIDTH, () => 0)
    const narrow = [denseLayer(matrixOf(2, WIDTH, () => 0)), ...network(1).slice(1)]
    expect(() => graph?.assign(narrow, [square, square, square])).toThrow('layer1.weight')
    return Promise.resolve()
  }))

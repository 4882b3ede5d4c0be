import { mapSize } from '../../src/base/shapes.ts'
import type { ConvAttributes } from '../../src/ops/window.ts'
import { describe, expect, test } from 'vitest'
import { bytesPerElement } from '../../src/base/dtype.ts'
import { elements, type Shape } from '../../src/base/type.ts'
import { algorithms, directions, type Algorithm, type Direction } from '../../src/bundle/lowerings.ts'
import { topological } from '../../src/ir/walk.ts'
import { conv2d, convOp, inputGradientOp, weightGradientOp } from '../../src/ops/conv.ts'
import { make } from '../../src/ops/define.ts'
import { is } from '../../src/ops/is.ts'
import { input } from '../../src/ops/leaf.ts'
import { matMulOp } from '../../src/ops/matmul.ts'
import { pieces, type Geometry } from '../../src/passes/convolution/cost.ts'
import { legalise } from '../../src/passes/legalise/legalise.ts'
import { nothingHandedOn } from '../../src/passes/pixel-major/lying.ts'
import { lower } from '../../src/passes/lower.ts'
import { share } from '../../src/passes/rewrite/share.ts'
import { simplify } from '../../src/passes/simplify/simplify.ts'
import type { Node } from '../../src/ir/node.ts'

/** What a convolution is said to cost is what the nodes do that it is lowered to, product by product. */

const sizes = [
  { images: 10, channels: 6, height: 8, out: 10 },
  { images: 4, channels: 12, height: 6, out: 5 },
] as const
const attributes: ConvAttributes = {
  kernel: [3, 3],
  stride: [1, 1],
  padding: [1, 1],
  dilation: [1, 1],
  groups: 1,
}

/** The nodes of one convolution, or gradient, between values that are as the algorithm wants them. */
function lowered(geometry: Geometry, direction: Direction, algorithm: Algorithm): Node[] {
  const leaf = (name: string, shape: Shape) => input('activity', name, 'float32', shape)
  const [x, w, g] = [leaf('x', geometry.input), leaf('w', geometry.weight), leaf('g', geometry.output)]
  const node = {
    forward: () => conv2d(x, w, undefined, attributes),
    weightGradient: () => make(weightGradientOp, [x, g], attributes),
    inputGradient: () => make(inputGradientOp, [g, w], { ...attributes, input: mapSize(geometry.input) }),
  }[direction]()
  const inputs = [x, w, g].map((each) => ({ name: String(each.attributes.name), node: each }))
  const source = { name: 'one', description: '', inputs, outputs: [{ name: 'y', node }] }
  const options = {
    algorithms: new Map([[node, algorithm]]),
    handed: { ...nothingHandedOn, pixelMajor: new Set(['x', 'g']) },
    free: new Set(['y']),
    mostKept: Infinity,
  }
  const made = legalise(share(simplify(lower(source, options).source))).source
  const given = new Set(made.inputs.map((binding) => binding.node))
  return topological(
    made.outputs.map((output) => output.node),
    (each) => given.has(each),
  ).filter((each) => !given.has(each))
}

/** Sizes of a product, with how many there are of it; thin ones cost as if they had eight rows or columns more. */
function sizesOf(node: Node): number[] {
  const [a, b] = node.inputs
  if (is(node, convOp) && b) {
    const [out = 0, ...taps] = b.shape
    return [2 * (elements(node.shape) / out) * (elements(taps) + 8) * (out + 8)]
  }
  if (!is(node, matMulOp) || !a || !b) return []
  const [m = 0, n = 0] = node.shape.slice(-2)
  const count = elements(node.shape) / (m * n)
  const k = elements(a.shape.slice(-2)) / m
  // A transform is one small matrix times many columns; of other products the long side, pixels, is as it is.
  const [inner, rows, columns] = [k + 8, m + 8, n + 8]
  return [inner * m * n, m * inner * columns, n * inner * rows, k * rows * columns].map(
    (each) => 2 * count * each,
  )
}

describe.each(sizes)('of $channels to $out channels', ({ images, channels, height, out }) => {
  const geometry: Geometry = {
    input: [images, channels, height, height],
    output: [images, out, height, height],
    weight: [out, channels, 3, 3],
    attributes,
    bytesPerElement: bytesPerElement.float32,
    first: false,
  }
  const cases = algorithms.flatMap((algorithm) =>
    directions.map((direction) => [algorithm, direction] as const),
  )

  test.each(cases)('as %s, the %s has the products that its cost counts', (algorithm, direction) => {
    const nodes = lowered(geometry, direction, algorithm)
    const counted = pieces(geometry, direction, algorithm, Infinity).filter(({ flops }) => flops > 0)
    const products = nodes.flatMap((node) => {
      const known = sizesOf(node)
      return known.length > 0 ? [known] : []
    })
    expect(products.length).toBe(counted.length)
    for (const { name, flops } of counted) {
      const own = products.findIndex((known) => known.some((each) => Math.abs(each / flops - 1) < 1e-12))
      expect(own, `${name}: ${flops} of ${products.join(' | ')}`).toBeGreaterThanOrEqual(0)
      products.splice(own, 1)
    }
  })

  test.each(cases)(
    'as %s, the %s leaves temporaries of the sizes that its cost counts',
    (algorithm, direction) => {
      const made = new Set(
        lowered(geometry, direction, algorithm).map(
          ({ shape, dtype }) => elements(shape) * bytesPerElement[dtype],
        ),
      )
      for (const { name, temporary } of pieces(geometry, direction, algorithm, Infinity))
        if (temporary > 0) expect([...made], name).toContain(temporary)
    },
  )
})

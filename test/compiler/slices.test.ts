import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/grad/reverse.ts'
import { elements } from '../../src/base/type.ts'
import { topological } from '../../src/ir/walk.ts'
import { verify } from '../../src/ir/verify.ts'
import { costOf } from '../../src/passes/cost.ts'
import { legalise } from '../../src/passes/legalise/legalise.ts'
import { emitGraph } from '../../src/onnx/emit.ts'
import { decodeModel } from '../../src/onnx/proto.ts'
import { modelText } from '../../src/onnx/text.ts'
import { conv2d } from '../../src/ops/conv.ts'
import { isLoop, turnsOf } from '../../src/ops/loop.ts'
import { maxPool } from '../../src/ops/pool.ts'
import { sum } from '../../src/ops/reduce.ts'
import { relu, tanh } from '../../src/ops/unary.ts'
import { share } from '../../src/passes/rewrite/share.ts'
import { simplify } from '../../src/passes/simplify/simplify.ts'
import { inSlices, type Limits } from '../../src/passes/slices/slices.ts'
import { sliceShape } from '../../src/passes/slices/tiled.ts'
import { build, square, window2, type Tail } from '../support/convolution.ts'
import { evaluate, leaf } from '../support/evaluate.ts'
import { expectGolden } from '../support/golden.ts'
import { graph, withAlgorithm } from '../support/with-algorithm.ts'
import { normals, relativeError } from '../support/samples.ts'
import type { Node } from '../../src/ir/node.ts'

/** Convolutions by Winograd's algorithm are computed in slices, and what they compute stays the same. */

const always: Limits = { worth: 0, wanted: 0, most: Infinity, rows: 1, lanes: 1 }

interface Network {
  readonly outputs: readonly Node[]
  readonly leaves: readonly Node[]
}

function whole({ outputs, leaves }: Network) {
  const roots = withAlgorithm(outputs, leaves, 'winograd4')
  return share(simplify(graph(roots, leaves)))
}

const nodesOf = ({ outputs }: { readonly outputs: readonly { readonly node: Node }[] }) =>
  outputs.map(({ node }) => node)

const turns = (roots: readonly Node[]) =>
  topological(roots).flatMap((node) => (isLoop(node) ? turnsOf(node) : []))

async function expectSame(network: Network, bound: number) {
  const before = whole(network)
  const feeds = new Map(network.leaves.map((node, i) => [node, normals(elements(node.shape), i + 1)]))
  const expected = await evaluate(nodesOf(before), feeds)
  for (const lanes of [1, 2]) {
    const after = nodesOf(inSlices(before, { ...always, lanes }))
    verify(after)
    expect(turns(after).length).toBeGreaterThan(0)
    const actual = await evaluate(after, feeds)
    expected.forEach((values, i) => {
      expect(relativeError(actual[i] ?? [], values), `output ${i}, ${lanes} lanes`).toBeLessThan(bound)
    })
  }
}

const tails: readonly Tail[] = ['none', 'relu', 'pool', 'average', 'mean', 'pool and mean', 'views']

describe.each([
  ['float64', 1e-13],
  ['float32', 2e-6],
] as const)('in %s, within %d of all tiles at once', (dtype, bound) => {
  test.each(tails)('a convolution with all its gradients, then %s', (tail) =>
    expectSame(build(dtype, [2, 3, 16, 16], 4, square(3, 1, 1), tail), bound),
  )

  test('maps that tiles do not cover evenly', () =>
    expectSame(build(dtype, [2, 3, 15, 14], 4, square(3, 1, 1), 'relu'), bound))

  test('two convolutions, one behind the other, each in slices of its own', () => {
    const leaves = [[2, 2, 32, 32], [3, 2, 3, 3], [3], [4, 3, 3, 3], [4]].map((shape) => leaf(dtype, shape))
    const [x, first, a, second, b] = leaves
    if (!x || !first || !a || !second || !b) throw new Error('leaves')
    const hidden = maxPool(relu(conv2d(x, first, a, square(3, 1, 1))), window2)
    const result = tanh(conv2d(hidden, second, b, square(3, 1, 1)))
    const outputs = [result, ...gradients(sum(result, [0, 1, 2, 3]), [first, a, second, b])]
    return expectSame({ outputs, leaves }, bound)
  })
})

describe('when', () => {
  const network = build('float32', [2, 3, 16, 16], 4, square(3, 1, 1), 'pool')
  const slices = (limits: Partial<Limits>) =>
    turns(nodesOf(inSlices(whole(network), { ...always, ...limits })))

  test('only where values are too large for caches', () => {
    expect(slices({ worth: 2 ** 20 })).toEqual([])
  })

  test('as few as make a slice small enough', () => {
    // Transformed outputs: 36 numbers of 16 tiles, 2 images and 4 channels.
    expect(new Set(slices({ wanted: (36 * 16 * 2 * 4 * 4) / 2 }))).toEqual(new Set([2]))
  })

  test('two side by side, where they divide', () => {
    expect(new Set(slices({}))).toEqual(new Set([4]))
    expect(new Set(slices({ lanes: 2 }))).toEqual(new Set([2]))
    expect(new Set(slices({ lanes: 3 }))).toEqual(new Set([4]))
  })

  test('not so many that products have too few rows, nor where slices stay too large', () => {
    expect(new Set(slices({ rows: 16 }))).toEqual(new Set([2]))
    expect(slices({ rows: 16, most: 1 })).toEqual([])
  })

  test('not where each slice would add to a gradient as large as itself', () => {
    expect(
      turns(nodesOf(inSlices(whole(build('float32', [1, 64, 16, 16], 64, square(3, 1, 1), 'relu')), always))),
    ).toEqual([])
  })
})

test('the text of a graph before and after', () => {
  const network = build('float32', [2, 3, 16, 16], 4, square(3, 1, 1), 'pool and mean')
  const { outputs, leaves } = network
  const before = whole({ leaves, outputs: outputs.slice(0, 3) })
  const text = (source: typeof before) => modelText(decodeModel(emitGraph(legalise(source).source).bytes))
  expectGolden('slices/before.txt', text(before))
  expectGolden('slices/after.txt', text(inSlices(before, { ...always, lanes: 2 })))
})

test('what is alive at once is less, and counted in loops too', () => {
  const before = whole(build('float32', [8, 3, 32, 32], 8, square(3, 1, 1), 'pool and mean'))
  const peak = (source: typeof before) => costOf(legalise(source).source).peakBytes
  expect(peak(inSlices(before, always))).toBeLessThan(0.7 * peak(before))
})

test('a group of tiles has the shape of all, but for the axis of the tiles', () => {
  const small = fc.integer({ min: 1, max: 4 })
  fc.assert(
    fc.property(small, small, small, small, small, (parts, lead, groups, each, rest) => {
      const tiles = groups * each
      const shape = [parts, lead * tiles, rest]
      const sliced = sliceShape(shape, { before: parts * lead }, tiles, groups)
      expect(sliced && elements(sliced) * groups).toBe(elements(shape))
    }),
  )
})

import { expect, test } from 'vitest'
import { elements } from '../../src/base/type.ts'
import { bytesOf } from '../../src/ir/budget.ts'
import { topological } from '../../src/ir/walk.ts'
import { constant } from '../../src/ops/leaf.ts'
import { gatherOp } from '../../src/ops/gather.ts'
import { is } from '../../src/ops/is.ts'
import { loopResultOp } from '../../src/ops/loop.ts'
import { conv2d } from '../../src/ops/conv.ts'
import { maxPool } from '../../src/ops/pool.ts'
import { max, sum } from '../../src/ops/reduce.ts'
import { relu, square as squared } from '../../src/ops/unary.ts'
import { gradients } from '../../src/grad/reverse.ts'
import { isFirstMaximum } from '../../src/passes/pixel-major/first-maximum.ts'
import { share } from '../../src/passes/rewrite/share.ts'
import { simplify } from '../../src/passes/simplify/simplify.ts'
import { inSlices, type Limits } from '../../src/passes/slices/slices.ts'
import { build, square, window2, type Tail } from '../support/convolution.ts'
import { evaluate, leaf } from '../support/evaluate.ts'
import { normals, relativeError } from '../support/samples.ts'
import { graph, withAlgorithm } from '../support/with-algorithm.ts'

/** What a convolution does not keep for its gradients is made again, and is the same. */

const sliced: Limits = { worth: 0, wanted: 0, most: Infinity, rows: 1, lanes: 2 }
const ways = ['columns', 'winograd2', 'winograd4'] as const
const tails: readonly Tail[] = ['relu', 'pool', 'pool3', 'pool and mean']
const cases = ways.flatMap((algorithm) => tails.map((tail) => [algorithm, tail] as const))

const nodesOf = ({ outputs }: ReturnType<typeof graph>) => outputs.map(({ node }) => node)

test.each(cases)('by %s, then %s: the same to the last bit, in slices to 1e-13', async (algorithm, tail) => {
  const { outputs, leaves } = build('float64', [2, 3, 12, 12], 4, square(3, 1, 1), tail)
  const feeds = new Map(leaves.map((node, i) => [node, normals(elements(node.shape), i + 1)]))
  const lowered = (mostKept: number) =>
    share(simplify(graph(withAlgorithm(outputs, leaves, algorithm, mostKept), leaves)))
  const [kept, again] = [lowered(Infinity), lowered(0)]
  const gathers = (source: typeof kept) =>
    topological(nodesOf(source)).filter((node) => is(node, gatherOp)).length
  expect(gathers(again)).toBeGreaterThan(gathers(kept))
  const expected = await evaluate(nodesOf(kept), feeds)
  expect(await evaluate(nodesOf(again), feeds)).toEqual(expected)
  const inLoops = await evaluate(nodesOf(inSlices(again, sliced)), feeds)
  expected.forEach((values, i) => {
    expect(relativeError(inLoops[i] ?? [], values)).toBeLessThan(1e-13)
  })
})

test('in slices, what is made again is made in the loop that reads it, and less is handed on', () => {
  const leaves = [[8, 8, 32, 32], [8, 8, 3, 3], [8]].map((shape) => leaf('float32', shape))
  const [x, weight, bias] = leaves
  if (!x || !weight || !bias) throw new Error('leaves')
  const pooled = maxPool(relu(conv2d(x, weight, bias, square(3, 1, 1))), window2)
  // All tiles are done before any gradient is known.
  const outputs = gradients(squared(sum(pooled, [0, 1, 2, 3])), [weight])
  const handedOn = (mostKept: number) => {
    const source = share(simplify(graph(withAlgorithm(outputs, leaves, 'winograd4', mostKept), leaves)))
    const results = topological(nodesOf(inSlices(source, sliced))).filter((node) => is(node, loopResultOp))
    return results.reduce((sum, node) => sum + bytesOf(node), 0)
  }
  const map = 8 * 8 * 32 * 32 * 4
  const [transformed, masks, numbers] = [(36 / 16) * map, map, map / 4]
  expect(handedOn(0)).toBe(handedOn(Infinity) - transformed - masks + numbers)
})

test.each([4, 9])('of %d pixels the first of equal maxima is found, kept or as a number', async (count) => {
  const columns = 3 ** 4
  // Every row of four among three values, repeated where a tile has nine pixels.
  const values = Array.from({ length: count }, (_, pixel) =>
    Array.from({ length: columns }, (_, column) => Math.floor(column / 3 ** (pixel % 4)) % 3),
  )
  const phases = constant('float64', [count, columns], values.flat())
  const masks = [Infinity, 0].map((mostKept) => isFirstMaximum(phases, max(phases, [0]), mostKept))
  const [kept, numbered] = await evaluate(masks, new Map())
  const expected = values.flatMap((row, pixel) =>
    row.map((_, column) => {
      const tile = values.map((each) => Number(each[column]))
      return tile.indexOf(Math.max(...tile)) === pixel ? 1 : 0
    }),
  )
  expect(Array.from(kept ?? [])).toEqual(expected)
  expect(Array.from(numbered ?? [])).toEqual(expected)
})

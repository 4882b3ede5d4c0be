import { describe, expect, test } from 'vitest'
import {
  averagePool,
  compile,
  conv,
  layer,
  local,
  program,
  relu,
  rule,
  sgd,
  type CompileOptions,
  type Layer,
  type Program,
  type Rule,
} from '../../src/index.ts'
import { elements } from '../../src/base/type.ts'
import { topological } from '../../src/ir/walk.ts'
import { verify } from '../../src/ir/verify.ts'
import { build, square, type Tail } from '../support/convolution.ts'
import { evaluate } from '../support/evaluate.ts'
import { withAlgorithm } from '../support/with-algorithm.ts'
import { normals, relativeError } from '../support/samples.ts'
import type { ConvAttributes } from '../../src/ops/window.ts'
import { isLoop } from '../../src/ops/loop.ts'
import type { Algorithm } from '../../src/bundle/lowerings.ts'
import type { Node } from '../../src/ir/node.ts'

/** Every algorithm of a convolution computes the same numbers. */

function lowered({ outputs, leaves }: ReturnType<typeof build>, algorithm: Algorithm): Node[] {
  const result = withAlgorithm(outputs, leaves, algorithm)
  verify(result)
  expect(topological(result).some(({ op }) => op.name.startsWith('conv2d'))).toBe(false)
  return result
}

const feedsFor = (leaves: readonly Node[]) =>
  new Map(leaves.map((node, i) => [node, normals(elements(node.shape), i + 1)]))

type Case = readonly [
  shape: readonly [number, number, number, number],
  out: number,
  attributes: ConvAttributes,
  tail: Tail,
]

const winogradCases: readonly Case[] = [
  [[2, 3, 8, 8], 4, square(3, 1, 1), 'none'],
  [[1, 2, 4, 4], 3, square(3, 1, 1), 'relu'],
  [[3, 2, 7, 5], 2, square(3, 1, 1), 'relu'],
  [[2, 2, 6, 6], 3, square(3, 1, 0), 'average'],
  [[2, 2, 5, 6], 3, square(3, 1, 2), 'none'],
  [[2, 3, 8, 8], 4, square(3, 1, 1), 'pool'],
  [[2, 3, 8, 12], 4, square(3, 1, 1), 'pool and average'],
  [[2, 3, 7, 7], 4, square(3, 1, 1), 'pool'],
  [[2, 2, 9, 9], 4, square(3, 1, 1), 'pool3'],
  [[1, 2, 7, 8], 4, square(3, 1, 1), 'pool3'],
  [[2, 3, 4, 6], 4, square(3, 1, 1), 'mean'],
  [[2, 3, 8, 4], 4, square(3, 1, 1), 'pool and mean'],
  [[3, 2, 4, 4], 3, square(3, 1, 1), 'views'],
]
const columnCases: readonly Case[] = [
  ...winogradCases,
  [[2, 3, 9, 8], 4, square(3, 2, 1), 'none'],
  [[2, 3, 8, 8], 4, square(5, 1, 2), 'pool'],
  [[2, 3, 8, 8], 4, square(3, 1, 2, 2), 'relu'],
  [[2, 3, 8, 8], 4, square(1, 1, 0), 'pool'],
  [[2, 3, 8, 8], 4, { ...square(3, 1, 1), kernel: [3, 2], stride: [2, 1], padding: [1, 0] }, 'none'],
]
const cases: readonly (readonly [Algorithm, Case])[] = [
  ...columnCases.map((each) => ['columns', each] as const),
  ...winogradCases.map((each) => ['winograd2', each] as const),
  ...winogradCases.map((each) => ['winograd4', each] as const),
]
const title = ([shape, out, { kernel, stride, padding }, tail]: Case) =>
  `${shape.join('×')} to ${out}, kernel ${kernel.join('×')}, stride ${stride.join('×')}, padding ${padding.join('×')}, then ${tail}`

describe.each([
  ['float64', 1e-12],
  ['float32', 2e-5],
] as const)('in %s, within %d of the plain algorithm', (dtype, bound) => {
  test.each(cases.map(([algorithm, each]) => [algorithm, title(each), each] as const))(
    '%s: %s',
    async (algorithm, _, [shape, out, attributes, tail]) => {
      const built = build(dtype, shape, out, attributes, tail)
      const feeds = feedsFor(built.leaves)
      const plain = await evaluate(built.outputs, feeds)
      const other = await evaluate(lowered(built, algorithm), feeds)
      plain.forEach((expected, i) => {
        expect(relativeError(other[i] ?? [], expected), `output ${i}`).toBeLessThan(bound)
      })
    },
  )
})

test("large weights of Winograd's algorithm are transformed in parts, and compute the same", async () => {
  const built = build('float64', [1, 1024, 2, 2], 480, square(3, 1, 1), 'none')
  const feeds = feedsFor(built.leaves)
  const parts = lowered(built, 'winograd4')
  expect(topological(parts).filter(isLoop)).toHaveLength(3)
  const [plain, other] = [await evaluate(built.outputs, feeds), await evaluate(parts, feeds)]
  plain.forEach((expected, i) => {
    expect(relativeError(other[i] ?? [], expected), `output ${i}`).toBeLessThan(1e-12)
  })
})

describe('a convolution that is asked for is the one that is meant', () => {
  const of = (encoder: Layer[], learn: Rule) =>
    program({
      input: { channels: 8, size: 8 },
      batch: 4,
      views: ['a', 'b'],
      encoder,
      learn: local(learn),
      optimizer: sgd({ lr: 0.1 }),
    })
  const called = (found: Program, lowering: CompileOptions['lowering'] = {}) =>
    (compile(found, { lowering }).manifest.lowering?.convolutions ?? [])
      .filter(({ graph }) => graph !== 'encode')
      .map(({ convolution, direction, algorithm }) => `${convolution} ${direction} ${algorithm}`)

  test('where slow copies of its weights read the same', () => {
    const slow = rule('slow', (each) => each.target(0.9).rows.sub(each.out.rows).square().mean())
    const found = of([layer('one', conv(8), relu()), layer('two', conv(8), relu())], slow)
    expect(called(found, { 'two.weightGradient': 'winograd2' })).toContain('two weightGradient winograd2')
    expect(called(found).join()).not.toContain('target weightGradient')
  })

  test('where averages stand beside it', () => {
    const quiet = rule('quiet', ({ out }) => out.rows.square().mean())
    const found = of([layer('one', conv(4), averagePool(3, { stride: 2 }), relu())], quiet)
    expect(called(found, { one: 'winograd2' })).toContain('one forward winograd2')
    expect(called(found).join()).toContain('one.constant forward')
  })

  test('and several slow copies of weights have states of their own, one for each decay', () => {
    const slow = rule('slow', (each) =>
      [0.9, 0.9, 0.5]
        .map((decay) => each.target(decay).rows.sub(each.out.rows).square().mean())
        .reduce((a, b) => a.add(b)),
    )
    const { states } = compile(of([layer('one', conv(8))], slow)).manifest.train
    expect(states.map(({ name }) => name)).toEqual([
      'one.weight.target',
      'one.bias.target',
      'one.weight.target2',
      'one.bias.target2',
    ])
  })
})

import type { ConvAttributes } from '../../src/ops/window.ts'
import { describe, expect, test } from 'vitest'
import { compile, conv, global, layer, local, maxPool, program, relu, rule, sgd } from '../../src/index.ts'
import { topological } from '../../src/ir/walk.ts'
import { averagePool } from '../../src/ops/average-pool.ts'
import { conv2d, inputGradientOp, weightGradientOp } from '../../src/ops/conv.ts'
import { make } from '../../src/ops/define.ts'
import { scatterAdd } from '../../src/ops/gather.ts'
import { input } from '../../src/ops/leaf.ts'
import { makeLoop } from '../../src/ops/loop.ts'
import { matmul } from '../../src/ops/matmul.ts'
import { maxPool as pool, maxPoolGradientOp } from '../../src/ops/pool.ts'
import { notNegative } from '../../src/ops/step.ts'
import { heaviside, softplus } from '../../src/ops/unary.ts'
import { legalise } from '../../src/passes/legalise/legalise.ts'
import { evaluate, leaf } from '../support/evaluate.ts'
import { graph } from '../support/with-algorithm.ts'
import type { DType } from '../../src/base/dtype.ts'
import type { Shape } from '../../src/base/type.ts'
import type { Node } from '../../src/ir/node.ts'

/** Whatever ONNX can be given in several ways, or has not, is decided by one pass, which says how and why. */

const window = (kernel: number, stride: number, padding: number, groups = 1): ConvAttributes => ({
  ...{ kernel: [kernel, kernel], stride: [stride, stride], padding: [padding, padding] },
  ...{ dilation: [1, 1], groups },
})
const maps = (dtype: DType, ...shape: Shape) => input('activity', 'x', dtype, shape)
const written = (node: Node) =>
  legalise(graph([node], [...topological([node]).filter(({ op }) => op.given)])).written.map(
    ({ as, because }) => `${as}: ${because}`,
  )

function inputGradient(dtype: DType, size: number, attributes: ReturnType<typeof window>): Node {
  const x = maps(dtype, 2, 4, size, size)
  const weight = input('parameter', 'w', dtype, [4, 4 / attributes.groups, ...attributes.kernel])
  const y = conv2d(x, weight, undefined, attributes)
  return make(inputGradientOp, [maps(dtype, ...y.shape), weight], { ...attributes, input: [size, size] })
}
function forward(dtype: DType, size: number): Node {
  return conv2d(
    maps(dtype, 2, 4, size, size),
    input('parameter', 'w', dtype, [4, 4, 3, 3]),
    undefined,
    window(3, 1, 1),
  )
}
function pooled(dtype: DType, height: number, width: number, attributes: ReturnType<typeof window>): Node {
  const x = maps(dtype, 1, 1, height, width)
  const y = pool(x, attributes)
  return make(maxPoolGradientOp, [x, y, maps(dtype, ...y.shape)], attributes)
}

describe('how an op is written', () => {
  test.each<readonly [string, () => Node, string]>([
    ['a convolution', () => forward('float32', 8), 'Conv: float32'],
    ['a convolution of small maps', () => forward('float32', 4), 'columns: at most 16 pixels'],
    ['a convolution in float64', () => forward('float64', 8), 'columns: float64'],
    [
      'an input gradient',
      () => inputGradient('float32', 8, window(3, 1, 1)),
      'Conv, kernels turned: stride 1',
    ],
    [
      'with stride',
      () => inputGradient('float32', 9, window(3, 2, 1)),
      'ConvTranspose: stride, dilation or groups',
    ],
    [
      'in groups',
      () => inputGradient('float32', 8, window(3, 1, 1, 2)),
      'ConvTranspose: stride, dilation or groups',
    ],
    ['in float64', () => inputGradient('float64', 8, window(3, 1, 1)), 'columns: float64'],
    [
      'a weight gradient',
      () =>
        make(weightGradientOp, [maps('float32', 2, 4, 8, 8), maps('float32', 2, 4, 8, 8)], window(3, 1, 1)),
      'columns: the only way',
    ],
    ['the gradient of pooling tiles', () => pooled('float32', 4, 4, window(2, 2, 0)), 'by phase: tiles'],
    ['of overlapping windows', () => pooled('float32', 5, 5, window(3, 2, 1)), 'by place: no tiles'],
    ['of large tiles', () => pooled('float32', 8, 8, window(4, 4, 0)), 'by place: more than 9 phases'],
    ['of wide maps', () => pooled('float32', 2, 130, window(2, 2, 0)), 'by place: wider than 128'],
    ['averages', () => averagePool(maps('float32', 1, 1, 4, 4), [2, 2]), 'AveragePool: float32'],
    [
      'averages in float64',
      () => averagePool(maps('float64', 1, 1, 4, 4), [2, 2]),
      'mean over tiles: float64',
    ],
    [
      'a batch of transposed products',
      () => matmul(maps('float32', 2, 3, 4), maps('float32', 2, 3, 4), true, false),
      'Transpose, MatMul: more than two axes',
    ],
    [
      'rows summed by index',
      () => scatterAdd(maps('float32', 3, 2), input('draw', 'i', 'int64', [3]), 4),
      'product with 0 and 1: the same bits everywhere',
    ],
    ['a step in float64', () => heaviside(maps('float64', 2)), 'Greater, Cast: float64'],
    ['its other side', () => notNegative(maps('float64', 2)), 'GreaterOrEqual, Cast: float64'],
    ['softplus', () => softplus(maps('float32', 2)), 'relu(x) + log(1 + exp(-|x|)): no overflow'],
  ])('%s', (_, build, expected) => {
    expect(written(build())).toEqual([expected])
  })

  test.each<readonly [string, () => Node]>([
    ['a product of matrices', () => matmul(maps('float32', 3, 4), maps('float32', 3, 4), true, false)],
    ['a step in float32', () => heaviside(maps('float32', 2))],
  ])('%s needs no telling', (_, build) => {
    expect(written(build())).toEqual([])
  })

  test('in the body of a loop, too', () => {
    const [rows, inner] = [maps('float64', 3, 2), maps('float64', 2)]
    const [result] = makeLoop({
      scanned: [{ inner, outer: rows }],
      whole: [],
      summed: [],
      stacked: [softplus(inner)],
    }).stacked
    if (!result) throw new Error('the loop has no result')
    expect(written(result)).toEqual(['relu(x) + log(1 + exp(-|x|)): no overflow'])
  })
})

test.each([
  ['2×2', window(2, 2, 0), 2, 132],
  ['3×3', window(3, 3, 0), 3, 132],
] as const)(
  'both gradients of max-pooling over %s tiles are the same bits, ties too',
  async (_, at, height, width) => {
    const values = Float32Array.from({ length: height * width }, (_, i) => (i * 7919) % 5)
    const gradients = Array.from({ length: width / at.stride[0] }, (_, i) => i + 1)
    const run = async (of: number) => {
      const x = leaf('float32', [of, 1, height, width / of])
      const y = pool(x, at)
      const g = leaf('float32', y.shape)
      const node = make(maxPoolGradientOp, [x, y, g], at)
      expect(written(node)[0]).toMatch(of === 1 ? /^by place/ : /^by phase/)
      const [result] = await evaluate(
        [node],
        new Map([
          [x, arranged(values, height, width, of)],
          [g, gradients],
        ]),
      )
      return result
    }
    const [wide, narrow] = [await run(1), await run(2)]
    expect(arranged(wide ?? [], height, width, 2)).toEqual(Array.from(narrow ?? []))
  },
)

/** A wide map as `count` maps side by side, one after the other. */
function arranged(map: ArrayLike<number>, height: number, width: number, count: number): number[] {
  const part = width / count
  return Array.from({ length: count }, (_, c) =>
    Array.from({ length: height }, (_, row) =>
      Array.from(map).slice(row * width + c * part, row * width + (c + 1) * part),
    ),
  ).flat(2)
}

test('a manifest says how often, graph by graph and place by place', () => {
  const quiet = rule('quiet', ({ out }) => out.rows.square().mean())
  const of = (learn: typeof quiet, whole: boolean) =>
    program({
      input: { channels: 1, size: 8 },
      batch: 2,
      views: ['a'],
      encoder: [layer('one', conv(2), relu(), maxPool(2)), layer('two', conv(2))],
      learn: whole ? global(learn) : local(learn),
      optimizer: sgd({ lr: 0.1 }),
    })
  const { lowering } = compile(of(quiet, true), { target: 'portable' }).manifest
  expect(lowering?.ops).toContainEqual({
    ...{ graph: 'one-two', scope: "one'", op: 'maxPoolGradient', as: 'by phase', because: 'tiles', count: 1 },
  })
})

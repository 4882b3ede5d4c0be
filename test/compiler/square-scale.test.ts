import { expect, test } from 'vitest'
import { adam } from '../../src/index.ts'
import { verify } from '../../src/ir/verify.ts'
import { Tensor } from '../../src/lang/tensor.ts'
import { legalise } from '../../src/passes/legalise/legalise.ts'
import { emitGraph } from '../../src/onnx/emit.ts'
import { decodeModel } from '../../src/onnx/proto.ts'
import { modelText } from '../../src/onnx/text.ts'
import { add, mul } from '../../src/ops/elementwise.ts'
import { input, scalar } from '../../src/ops/leaf.ts'
import { matmul } from '../../src/ops/matmul.ts'
import { scaleSquares } from '../../src/passes/updates/square-scale.ts'
import { share } from '../../src/passes/rewrite/share.ts'
import { simplify } from '../../src/passes/simplify/simplify.ts'
import { evaluate, leaf } from '../support/evaluate.ts'
import { expectGolden } from '../support/golden.ts'
import { graph } from '../support/with-algorithm.ts'
import { normals, relativeError } from '../support/samples.ts'
import type { DType } from '../../src/base/dtype.ts'
import type { Node } from '../../src/ir/node.ts'

/** Adam squares a gradient and scales the square: the scale goes into the product that the gradient is. */

function adamStep(dtype: DType) {
  const shapes = [
    [6, 2],
    [2, 5],
    [6, 5],
    [6, 5],
    [6, 5],
  ]
  const leaves = shapes.map((shape) => leaf(dtype, shape))
  const [left, right, parameter, mean, square] = leaves
  if (!left || !right || !parameter || !mean || !square) throw new Error('leaves')
  const [rate, step] = [input('rate', 'rate', 'float64', []), input('step', 'step', 'int64', [])]
  const tensor = (node: Node) => new Tensor(node)
  const { parameter: moved, states } = adam({ lr: 1 }).update({
    ...{ parameter: tensor(parameter), gradient: tensor(matmul(left, right)) },
    ...{ states: [tensor(mean), tensor(square)], rate: tensor(rate), step: tensor(step) },
    of: { name: 'layer.weight', layer: 'layer', shape: parameter.shape },
  })
  const feeds = new Map<Node, Float64Array>(
    leaves.map((node, i) => [node, Float64Array.from(normals(30, i), i === 4 ? Math.abs : undefined)]),
  )
  feeds.set(left, Float64Array.from(normals(12, 7))).set(right, Float64Array.from(normals(10, 8)))
  feeds.set(rate, Float64Array.of(0.1)).set(step, Float64Array.of(2))
  const inputs = [...leaves, rate, step]
  return {
    source: share(
      simplify(
        graph(
          [moved, ...states].map(({ node }) => node),
          inputs,
        ),
      ),
    ),
    feeds,
  }
}

const roots = ({ outputs }: ReturnType<typeof graph>) => outputs.map(({ node }) => node)

test('the same step with one pass less', async () => {
  const { source, feeds } = adamStep('float32')
  const scaled = scaleSquares(source)
  verify(roots(scaled))
  const [before, now] = [await evaluate(roots(source), feeds), await evaluate(roots(scaled), feeds)]
  before.forEach((wanted, i) => {
    expect(relativeError(now[i] ?? [], wanted)).toBeLessThan(1e-6)
  })
  const text = (of: typeof source) =>
    modelText(decodeModel(emitGraph(legalise(of).source).bytes)).replace(/ {2}# .*$/gm, '')
  expectGolden('square-scale/before.txt', text(source))
  expectGolden('square-scale/after.txt', text(scaled))
})

test('float64 keeps its rounding', () => {
  const { source } = adamStep('float64')
  expect(roots(scaleSquares(source))).toEqual(roots(source))
})

test('not where the product is read in any other way, or leaves the graph', () => {
  const [a, b] = [leaf('float32', [2, 2]), leaf('float32', [2, 2])]
  const product = matmul(a, b)
  const scaled = mul(mul(product, product), scalar('float32', 0.5))
  for (const outputs of [[scaled, product], [add(scaled, product)], [scaled, mul(product, product)]]) {
    const source = graph(outputs, [a, b])
    expect(roots(scaleSquares(source))).toEqual(outputs)
  }
})

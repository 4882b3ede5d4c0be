import { describe, expect, test } from 'vitest'
import { sgd } from '../../src/index.ts'
import { verify } from '../../src/ir/verify.ts'
import { topological } from '../../src/ir/walk.ts'
import { Tensor } from '../../src/lang/tensor.ts'
import { legalise } from '../../src/passes/legalise/legalise.ts'
import { emitGraph } from '../../src/onnx/emit.ts'
import { decodeModel } from '../../src/onnx/proto.ts'
import { modelText } from '../../src/onnx/text.ts'
import { add, mul } from '../../src/ops/elementwise.ts'
import { input } from '../../src/ops/leaf.ts'
import { matmul } from '../../src/ops/matmul.ts'
import { accumulate } from '../../src/passes/rewrite/accumulate.ts'
import { evaluate, leaf } from '../support/evaluate.ts'
import { graph } from '../support/with-algorithm.ts'
import { normals, relativeError } from '../support/samples.ts'
import type { Node } from '../../src/ir/node.ts'

/** Gradients that are products are added up by Gemm. */

const [left, right, parameter, buffer] = [
  [4, 2],
  [4, 3],
  [2, 3],
  [2, 3],
].map((shape) => leaf('float32', shape)) as [Node, Node, Node, Node]
const rate = input('rate', 'rate', 'float64', [])
const leaves = [left, right, parameter, buffer, rate]
const feeds = new Map<Node, ArrayLike<number>>(
  leaves.map((node, i) => [node, node === rate ? [0.5] : normals(8 + 4 * (i % 2), i).slice(0, size(node))]),
)
function size({ shape }: Node): number {
  return shape.reduce((a, b) => a * b, 1)
}

function step(momentum: number): Node[] {
  const { parameter: moved, states } = sgd({ lr: 1, momentum }).update({
    parameter: new Tensor(parameter),
    gradient: new Tensor(matmul(left, right, true, false)),
    states: momentum === 0 ? [] : [new Tensor(buffer)],
    rate: new Tensor(rate),
    step: new Tensor(rate),
    of: { name: 'layer.weight', layer: 'layer', shape: parameter.shape },
  })
  return [moved, ...states].map(({ node }) => node)
}

async function after(outputs: readonly Node[]): Promise<{ names: string[]; text: string }> {
  const source = graph(outputs, leaves)
  const joined = accumulate(source)
  const results = joined.outputs.map(({ node }) => node)
  verify(results)
  const [before, now] = [await evaluate(outputs, feeds), await evaluate(results, feeds)]
  before.forEach((wanted, i) => {
    expect(relativeError(now[i] ?? [], wanted)).toBeLessThan(1e-6)
  })
  return {
    names: topological(results).map(({ op }) => op.name),
    text: modelText(decodeModel(emitGraph(legalise(joined).source).bytes)).replace(/ {2}# .*$/gm, ''),
  }
}

describe('accumulate', () => {
  test('plain descent: the rate goes into the thinner side of the product', async () => {
    const { names, text } = await after(step(0))
    expect(names).not.toContain('matmul')
    expect(names).not.toContain('sub')
    expect(text).toMatch(/out0: float32\[2, 3\] = Gemm\(mul, in1, in2\) transA=1 transB=0$/m)
    expect(text).toMatch(/mul: float32\[4, 2\] = Mul\(in0, neg\)$/m)
  })

  test('momentum: it is scaled and added to by Gemm', async () => {
    const { names, text } = await after(step(0.9))
    expect(names).not.toContain('matmul')
    expect(text).toMatch(/out1: float32\[2, 3\] = Gemm\(in0, in1, in3\) transA=1 transB=0 beta=0.9$/m)
  })

  test('a product that something else reads stays', async () => {
    const product = matmul(left, right, true, false)
    const { names } = await after([add(mul(buffer, parameter), product), product])
    expect(names).toContain('matmul')
    expect(names).not.toContain('gemm')
  })
})

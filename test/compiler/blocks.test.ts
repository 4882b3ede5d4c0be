import { describe, expect, test } from 'vitest'
import { adam, adamw, sgd, type Optimizer } from '../../src/index.ts'
import { verify } from '../../src/ir/verify.ts'
import { topological } from '../../src/ir/walk.ts'
import { Tensor } from '../../src/lang/tensor.ts'
import { emitGraph } from '../../src/onnx/emit.ts'
import { decodeModel } from '../../src/onnx/proto.ts'
import { modelText } from '../../src/onnx/text.ts'
import { input } from '../../src/ops/leaf.ts'
import { matmul } from '../../src/ops/matmul.ts'
import { blockSize } from '../../src/passes/lower/block-size.ts'
import { updateInBlocks } from '../../src/passes/lower/blocks.ts'
import { evaluate, leaf } from '../support/evaluate.ts'
import { expectGolden } from '../support/golden.ts'
import type { GraphSource } from '../../src/ir/graph.ts'
import type { Node } from '../../src/ir/node.ts'

/** Large parameters are updated block by block: the same bits, one trip through memory. */

const [side, rows] = [1024, 512]

/** One update of a parameter whose gradient is a product of two thin matrices. */
function step(
  optimizer: Optimizer,
  height = rows,
): { source: GraphSource; feeds: Map<Node, ArrayLike<number>> } {
  const [parameter, left, right] = [
    leaf('float32', [height, side]),
    leaf('float32', [height, 2]),
    leaf('float32', [2, side]),
  ]
  const states = optimizer.states.map(() => leaf('float32', [height, side]))
  const [rate, count] = [input('rate', 'rate', 'float64', []), input('step', 'step', 'int64', [])]
  const updated = optimizer.update({
    parameter: new Tensor(parameter),
    gradient: new Tensor(matmul(left, right)),
    states: states.map((state) => new Tensor(state)),
    rate: new Tensor(rate),
    step: new Tensor(count),
  })
  const given = [parameter, left, right, ...states, rate, count]
  const values = given.map((node, i): [Node, ArrayLike<number>] => {
    if (node === rate) return [node, [0.01]]
    if (node === count) return [node, [3]]
    const size = node.shape.reduce((a, b) => a * b, 1)
    return [node, i >= 4 ? pattern(size, i).map(Math.abs) : pattern(size, i)]
  })
  const outputs = [updated.parameter, ...updated.states].map(({ node }, i) => ({ name: `out${i}`, node }))
  const inputs = given.map((node, i) => ({ name: `in${i}`, node }))
  return { source: { name: 'update', description: '', inputs, outputs }, feeds: new Map(values) }
}

/** Numbers around zero, without the time that drawing them would take. */
const pattern = (size: number, seed: number): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => Math.sin(i * (1 + seed) * 0.7 + seed))

const all = (source: GraphSource) => new Set(source.outputs.map(({ name }) => name))
const outputsOf = ({ outputs }: GraphSource): Node[] => outputs.map(({ node }) => node)
const names = (source: GraphSource) => topological(outputsOf(source)).map(({ op }) => op.name)

describe('blocks', () => {
  test.each([
    ['adamw', adamw({ lr: 0.01, weightDecay: 0.1 })],
    ['adam', adam({ lr: 0.01 })],
    ['sgd with nesterov momentum', sgd({ lr: 0.01, momentum: 0.9, nesterov: true, weightDecay: 0.1 })],
  ])('%s: the same bits as all at once', async (_, optimizer) => {
    const { source, feeds } = step(optimizer)
    const blocked = updateInBlocks(source, all(source))
    verify(outputsOf(blocked))
    expect(names(blocked).filter((name) => name === 'blocks').length).toBe(1)
    expect(names(blocked)).not.toContain('sub')
    expect(outputsOf(blocked).map(({ shape }) => shape)).toEqual(
      outputsOf(source).map(() => [2, (rows * side) / 2]),
    )
    expect(await evaluate(outputsOf(blocked), feeds)).toEqual(await evaluate(outputsOf(source), feeds))
  })

  test('small parameters stay as they are, and so does what is no update', () => {
    const small = step(adamw({ lr: 0.01 }), 8).source
    expect(updateInBlocks(small, all(small)).outputs).toEqual(small.outputs)
    const { source } = step(adamw({ lr: 0.01 }))
    expect(updateInBlocks(source, new Set()).outputs).toEqual(source.outputs)
  })

  test('a block divides the parameter and stays near 256 K elements', () => {
    expect(blockSize(2 ** 24, 2 ** 18)).toBe(2 ** 18)
    expect(blockSize(512 * 256 * 9, 2 ** 18)).toBe(294912)
    expect(blockSize(2 ** 18, 2 ** 18)).toBeUndefined()
    expect(blockSize(1000003, 2 ** 18)).toBeUndefined()
  })

  test('the text of a graph shows the body of its loop', () => {
    const { source } = step(adamw({ lr: 0.01 }))
    const { bytes } = emitGraph(updateInBlocks(source, all(source)))
    expectGolden('blocks.txt', modelText(decodeModel(bytes)).replace(/ {2}# .*$/gm, ''))
  })
})

import { describe, expect, test } from 'vitest'
import { adam, adamw, sgd, type Optimizer } from '../../src/index.ts'
import { verify } from '../../src/ir/verify.ts'
import { topological } from '../../src/ir/walk.ts'
import { Tensor } from '../../src/lang/tensor.ts'
import { legalise } from '../../src/passes/legalise/legalise.ts'
import { emitGraph } from '../../src/onnx/emit.ts'
import { decodeModel } from '../../src/onnx/proto.ts'
import { modelText } from '../../src/onnx/text.ts'
import { input } from '../../src/ops/leaf.ts'
import { isLoop } from '../../src/ops/loop.ts'
import { matmul } from '../../src/ops/matmul.ts'
import { relu } from '../../src/ops/unary.ts'
import { blockSize } from '../../src/passes/updates/block-size.ts'
import { updateInBlocks } from '../../src/passes/updates/blocks.ts'
import { separateUpdates, type UpdateGraph } from '../../src/passes/updates/separate.ts'
import { compileNodes, evaluate, leaf } from '../support/evaluate.ts'
import { expectGolden } from '../support/golden.ts'
import type { GraphSource } from '../../src/ir/graph.ts'
import type { Node } from '../../src/ir/node.ts'

/** Large parameters are updated by graphs of their own, block by block. */

const [rows, columns] = [1024, 1024]

interface Case {
  readonly source: GraphSource
  /** A million numbers each: made where they are read. */
  readonly feeds: () => ReadonlyMap<Node, Float64Array>
}

/** One update of a parameter. Its gradient is a product with factors as thin as `rank`, read transposed or not. */
function update(optimizer: Optimizer, rank: number, transposed: boolean, height = rows): Case {
  const [parameter, left, right] = [
    leaf('float32', [height, columns]),
    leaf('float32', transposed ? [rank, height] : [height, rank]),
    leaf('float32', [rank, columns]),
  ]
  const states = optimizer.states.map(() => leaf('float32', [height, columns]))
  const [rate, step] = [input('rate', 'rate', 'float64', []), input('step', 'step', 'int64', [])]
  const updated = optimizer.update({
    parameter: new Tensor(parameter),
    gradient: new Tensor(matmul(left, relu(right), transposed)),
    states: states.map((state) => new Tensor(state)),
    rate: new Tensor(rate),
    step: new Tensor(step),
    of: { name: 'w', layer: 'layer', shape: parameter.shape },
  })
  const names = ['w', 'left', 'right', ...optimizer.states, 'rate', 'step']
  const nodes = [parameter, left, right, ...states, rate, step]
  const size = ({ shape }: Node) => shape.reduce((a, b) => a * b, 1)
  const feeds = () =>
    nodes.map((node, i): [Node, Float64Array] => {
      if (node === rate) return [node, Float64Array.of(0.01)]
      if (node === step) return [node, Float64Array.of(3)]
      const values = Float64Array.from({ length: size(node) }, (_, k) => Math.sin(k * (1 + i) * 0.7 + i))
      return [node, i > 2 ? values.map(Math.abs) : values]
    })
  const outputs = [updated.parameter, ...updated.states].map(({ node }, i) => ({
    name: `${['w', ...optimizer.states][i] ?? ''}'`,
    node,
  }))
  const inputs = nodes.map((node, i) => ({ name: names[i] ?? '', node }))
  return { source: { name: 'layer', description: '', inputs, outputs }, feeds: () => new Map(feeds()) }
}

const replaced = ({ outputs }: GraphSource) => new Map(outputs.map(({ name }) => [name, name.slice(0, -1)]))
const separate = (source: GraphSource, kept: readonly string[] = []) =>
  separateUpdates(source, replaced(source), new Set(kept))
const nodesOf = ({ outputs }: GraphSource): Node[] => outputs.map(({ node }) => node)

/** Runs the graph, then its updates block by block, and puts the blocks together. */
async function inBlocks(
  { source, updates }: { readonly source: GraphSource; readonly updates: readonly UpdateGraph[] },
  inputs: GraphSource['inputs'],
  feeds: ReturnType<Case['feeds']>,
): Promise<Map<string, Float64Array>> {
  const handed = await evaluate(nodesOf(source), feeds)
  const known = new Map<string, Float64Array>([
    ...inputs.map(({ name, node }) => [name, feeds.get(node) ?? new Float64Array()] as const),
    ...source.outputs.map(({ name }, i) => [name, handed[i] ?? new Float64Array()] as const),
  ])
  const results = new Map<string, Float64Array>()
  for (const { source: update, blocks, sliced } of updates) {
    const run = await compileNodes(
      nodesOf(update),
      update.inputs.map(({ node }) => node),
    )
    for (let block = 0; block < blocks; block++) {
      const given = update.inputs.map(({ name, node }): [Node, ArrayLike<number>] => {
        const whole = known.get(name) ?? new Float64Array()
        const size = whole.length / blocks
        return [node, sliced.has(name) ? whole.subarray(block * size, (block + 1) * size) : whole]
      })
      const values = await run(new Map(given))
      update.outputs.forEach(({ name }, i) => {
        const part = values[i] ?? new Float64Array()
        const all = results.get(name) ?? new Float64Array(part.length * blocks)
        all.set(part, block * part.length)
        results.set(name, all)
      })
    }
  }
  return results
}

describe('updates', () => {
  test.each([
    ['adamw', adamw({ lr: 0.01, weightDecay: 0.1 }), true],
    ['adam', adam({ lr: 0.01 }), false],
    ['sgd with momentum', sgd({ lr: 0.01, momentum: 0.9 }), true],
  ])('%s in blocks is the update of all at once', async (_, optimizer, transposed) => {
    const { source, feeds: made } = update(optimizer, 2, transposed)
    const feeds = made()
    const apart = separate(source)
    expect(apart.updates.map(({ source: { name }, blocks }) => [name, blocks])).toEqual([['w.update', 4]])
    for (const { source: each } of apart.updates) verify(nodesOf(each))
    const found = await inBlocks(apart, source.inputs, feeds)
    const expected = await evaluate(nodesOf(source), feeds)
    source.outputs.forEach(({ name }, i) => {
      const [mine, whole] = [found.get(name) ?? new Float64Array(), expected[i] ?? new Float64Array()]
      expect(mine.length).toBe(whole.length)
      // A product of rows may round otherwise than the rows of a product.
      expect(Math.max(...chunks(mine, (value, k) => Math.abs(value - (whole[k] ?? NaN))))).toBeLessThan(1e-6)
    })
  })

  test.each([2, 512])(
    'as a loop within the graph they give the same bits, gradient of rank %i',
    async (rank) => {
      const { source, feeds: made } = update(adamw({ lr: 0.01 }), rank, true)
      const feeds = made()
      const apart = separate(source)
      const looped = updateInBlocks(apart, source)
      verify(nodesOf(looped))
      expect(topological(nodesOf(looped)).filter(isLoop).length).toBe(1)
      expect(looped.outputs.map(({ name }) => name)).toEqual(source.outputs.map(({ name }) => name))
      const [found, expected] = [
        await evaluate(nodesOf(looped), feeds),
        await inBlocks(apart, source.inputs, feeds),
      ]
      looped.outputs.forEach(({ name }, i) => {
        const different = (found[i] ?? []).findIndex((value, k) => value !== expected.get(name)?.[k])
        expect([name, found[i]?.length, different]).toEqual([name, rows * columns, -1])
      })
    },
  )

  test('the factors of a thin gradient cross, the gradient itself is never written', () => {
    const { source } = update(adamw({ lr: 0.01, weightDecay: 0 }), 2, true)
    const { source: main, updates } = separate(source)
    expect(new Map(main.outputs.map(({ name, node }) => [name, node.shape]))).toEqual(
      new Map<string, readonly number[]>([
        ['w.gradient.left', [rows, 2]],
        ['w.gradient.right', [2, columns]],
        ['w.scalar', []],
        ['w.scalar2', []],
      ]),
    )
    expect([...(updates[0]?.sliced ?? [])].sort()).toEqual(['exp_avg', 'exp_avg_sq', 'w', 'w.gradient.left'])
    expect(topological(nodesOf(main)).some(({ shape }) => shape[0] === rows && shape[1] === columns)).toBe(
      false,
    )
  })

  test('a gradient that is no thin product crosses whole and is cut like the parameter', () => {
    const { updates, source } = separate(update(adamw({ lr: 0.01, weightDecay: 0 }), 512, false).source)
    expect(source.outputs.map(({ name }) => name).sort()).toEqual(['w.gradient', 'w.scalar', 'w.scalar2'])
    expect(updates[0]?.sliced.has('w.gradient')).toBe(true)
    expect(updates[0]?.source.outputs[0]?.node.shape).toEqual([(rows * columns) / 4])
  })

  test('small parameters, and values that later graphs read as they were, stay', () => {
    const small = update(adamw({ lr: 0.01, weightDecay: 0 }), 2, true, 8).source
    expect(separate(small)).toEqual({ source: small, updates: [] })
    const { source } = update(adamw({ lr: 0.01, weightDecay: 0 }), 2, true)
    expect(separate(source, ['w']).updates).toEqual([])
  })

  test('a new value that the graph itself reads stays', () => {
    const { source } = update(adamw({ lr: 0.01, weightDecay: 0 }), 2, true)
    const [first] = source.outputs
    if (!first) throw new Error('no output')
    const reading = { name: 'loss', node: new Tensor(first.node).sum().node }
    const more = { ...source, outputs: [...source.outputs, reading] }
    const changed = replaced(source)
    expect(separateUpdates(more, changed, new Set()).updates).toEqual([])
    // What is only shown reads a value of its own.
    const shown = separateUpdates(more, changed, new Set(), new Set([reading.name]))
    expect(shown.updates).toEqual(separate(source).updates)
    expect(shown.source.outputs.map(({ name }) => name)).toContain(reading.name)
  })

  test('the text of both graphs', () => {
    const { source } = update(adamw({ lr: 0.01, weightDecay: 0 }), 2, true)
    const apart = separate(source)
    const text = [apart.source, ...apart.updates.map(({ source: each }) => each)].map((each) =>
      modelText(decodeModel(emitGraph(legalise(each).source).bytes)).replace(/ {2}# .*$/gm, ''),
    )
    expectGolden('updates.txt', text.join('\n'))
  })

  test('the text of a graph with the loop shows its body', () => {
    const { source } = update(adamw({ lr: 0.01, weightDecay: 0 }), 2, true)
    const { bytes } = emitGraph(legalise(updateInBlocks(separate(source), source)).source)
    expectGolden('blocks.txt', modelText(decodeModel(bytes)).replace(/ {2}# .*$/gm, ''))
  })

  test('a block divides the parameter and stays near the size that is wanted', () => {
    expect(blockSize(2 ** 24, 2 ** 18)).toBe(2 ** 18)
    expect(blockSize(512 * 256 * 9, 2 ** 18)).toBe(294912)
    expect(blockSize(2 ** 18, 2 ** 18)).toBeUndefined()
    expect(blockSize(1000003, 2 ** 18)).toBeUndefined()
  })
})

/** Math.max takes no million arguments. */
function chunks(values: Float64Array, measure: (value: number, index: number) => number): number[] {
  const size = 1 << 14
  return Array.from({ length: Math.ceil(values.length / size) }, (_, chunk) =>
    values
      .subarray(chunk * size, (chunk + 1) * size)
      .reduce((most, value, i) => Math.max(most, measure(value, chunk * size + i)), 0),
  )
}

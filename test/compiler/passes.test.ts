import type { Window } from '../../src/ops/window.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/grad/reverse.ts'
import { verify } from '../../src/ir/verify.ts'
import { topological } from '../../src/ir/walk.ts'
import { add, maximum, mul, sub } from '../../src/ops/elementwise.ts'
import { constant, scalar } from '../../src/ops/leaf.ts'
import { maxPool } from '../../src/ops/pool.ts'
import { mean, sum } from '../../src/ops/reduce.ts'
import { slice } from '../../src/ops/slice.ts'
import { cut, stopGradient } from '../../src/ops/stop.ts'
import { relu, tanh } from '../../src/ops/unary.ts'
import { maskPooledGradients } from '../../src/passes/rewrite/pool-mask.ts'
import { share } from '../../src/passes/rewrite/share.ts'
import { evaluate, leaf } from '../support/evaluate.ts'
import { normals } from '../support/samples.ts'
import type { GraphSource } from '../../src/ir/graph.ts'
import type { Node } from '../../src/ir/node.ts'

/** Passes change how a graph computes, never what. */

const graph = (outputs: readonly Node[], inputs: readonly Node[] = []): GraphSource => ({
  name: 'test',
  description: '',
  inputs: inputs.map((node, i) => ({ name: `in${i}`, node })),
  outputs: outputs.map((node, i) => ({ name: `out${i}`, node })),
})
const outputsOf = ({ outputs }: GraphSource): Node[] => outputs.map(({ node }) => node)
const afterShare = (...nodes: readonly Node[]): Node[] => outputsOf(share(graph(nodes)))

describe('share', () => {
  const [x, y] = [leaf('float64', [2, 3]), leaf('float64', [2, 3])]

  test('computes equal expressions once, all the way down', () => {
    const expression = () => tanh(mul(add(x, y), scalar('float64', 2)))
    const [a, b] = afterShare(expression(), expression())
    expect(a).toBe(b)
  })

  test('keeps apart what differs in operation, operands, their order or attributes', () => {
    const different = [
      add(x, y),
      mul(x, y),
      add(x, x),
      add(y, x),
      sum(x, [0]),
      sum(x, [1]),
      sum(x, [0], true),
      mean(x, [0]),
      slice(x, [0, 0], [1, 3]),
      slice(x, [1, 0], [2, 3]),
      slice(x, [0, 0], [2, 3], [1, 2]),
      slice(x, [0, 0], [2, 3], [2, 1]),
    ]
    expect(new Set(afterShare(...different)).size).toBe(different.length)
  })

  test('keeps apart constants that differ in value, sign of zero, type or shape', () => {
    const different = [
      scalar('float64', 0),
      scalar('float64', -0),
      scalar('float64', NaN),
      scalar('float64', 1),
      scalar('float32', 1),
      constant('float64', [1], [1]),
      constant('float64', [1, 1], [1]),
      constant('float64', [2], [0, -0]),
      constant('float64', [2], [-0, 0]),
      constant('float64', [2], [1, 1 + Number.EPSILON]),
      constant('float64', [2], [1, 1]),
    ]
    expect(new Set(afterShare(...different)).size).toBe(different.length)
    const twice = afterShare(...different, ...different)
    expect(new Set(twice).size).toBe(different.length)
  })

  test('never merges inputs, even of one name', () => {
    const [a, b] = afterShare(relu(x), relu(y))
    expect(a).not.toBe(b)
  })

  test('lets values pass stops of gradients, unless the graph is given them', () => {
    const boundary = cut(relu(x), 'conv1.out')
    const [through] = afterShare(tanh(stopGradient(boundary)))
    expect(through?.inputs[0]?.op.name).toBe('relu')
    const [given] = outputsOf(share(graph([tanh(stopGradient(boundary))], [boundary])))
    expect(given?.inputs[0]).toBe(boundary)
  })

  test('keeps names, order and number of the outputs', () => {
    const shared = share(graph([relu(x), relu(x), x]))
    expect(shared.outputs.map(({ name }) => name)).toEqual(['out0', 'out1', 'out2'])
    expect(shared.outputs[2]?.node).toBe(x)
  })

  const operations: readonly ((a: Node, b: Node) => Node)[] = [
    add,
    sub,
    mul,
    maximum,
    (a) => relu(a),
    (a) => tanh(a),
    (a) => stopGradient(a),
    (a, b) => mul(a, mean(b, [0, 1])),
    (a) => mul(a, scalar('float64', -0)),
    (a) => add(a, constant('float64', [3], [0, -0, 1])),
  ]
  const recipe = fc.array(fc.tuple(fc.nat({ max: operations.length - 1 }), fc.nat(6), fc.nat(6)), {
    minLength: 1,
    maxLength: 25,
  })

  /** The nodes that the steps make of x and y, each bounded by tanh so that products stay finite. */
  function build(steps: readonly (readonly [number, number, number])[]): Node[] {
    const nodes = [x, y]
    for (const [operation, left, right] of steps) {
      const [a, b] = [nodes.at(-1 - (left % nodes.length)), nodes.at(-1 - (right % nodes.length))]
      const node = a && b && operations[operation]?.(a, b)
      if (node) nodes.push(tanh(node))
    }
    return nodes.slice(2)
  }

  test('never changes a value: random graphs, written down twice, give the same bits', async () => {
    const feeds = new Map([
      [x, normals(6, 1)],
      [y, normals(6, 2)],
    ])
    await fc.assert(
      fc.asyncProperty(recipe, async (steps) => {
        const [once, again] = [build(steps), build(steps)]
        const after = afterShare(...once, ...again)
        verify(after)
        expect(topological(after).length).toBeLessThanOrEqual(topological(once).length)
        expect(after.every((node, i) => node === after[i % once.length])).toBe(true)
        expect(await evaluate(after, feeds)).toEqual(await evaluate([...once, ...again], feeds))
      }),
      { numRuns: 60 },
    )
  })
})

describe('masks of pooled gradients', () => {
  const shape = [2, 2, 4, 4]
  const size = 64
  const windows = {
    tiles: { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1] },
    'overlapping windows': { kernel: [3, 3], stride: [1, 1], padding: [1, 1], dilation: [1, 1] },
  } satisfies Readonly<Record<string, Window>>
  const maps = {
    random: normals(size, 3),
    'with ties': normals(size, 4).map(Math.round),
    'flat, positive': new Float64Array(size).fill(2),
    'flat, zero': new Float64Array(size),
    'flat, negative': new Float64Array(size).fill(-1),
  }
  const names = (nodes: readonly Node[]) => topological(nodes).map(({ op }) => op.name)

  describe.each(Object.entries(windows))('%s', (_, window) => {
    const build = (dtype: 'float32' | 'float64') => {
      const x = leaf(dtype, shape)
      const pooled = maxPool(relu(x), window)
      const weights = constant(
        dtype,
        pooled.shape,
        normals(
          pooled.shape.reduce((a, b) => a * b),
          5,
        ),
      )
      const [gradient] = gradients(sum(mul(pooled, weights), [0, 1, 2, 3]), [x])
      if (!gradient) throw new Error('no gradient')
      const [plain] = afterShare(gradient)
      const [masked] = outputsOf(maskPooledGradients(share(graph([gradient]))))
      if (!plain || !masked) throw new Error('no outputs')
      return { x, plain, masked, pooled }
    }

    test('are applied at the size of the pooled map', () => {
      const { plain, masked, pooled } = build('float64')
      expect(plain.op.name).toBe('mul')
      expect(masked.op.name).toBe('maxPoolGradient')
      expect(masked.inputs[2]?.op.name).toBe('mul')
      expect(masked.inputs[2]?.shape).toEqual(pooled.shape)
      expect(names([masked]).filter((name) => name === 'heaviside').length).toBe(1)
      verify([masked])
    })

    test.each(Object.entries(maps))('leave the numbers as they are: maps %s', async (__, values) => {
      for (const dtype of ['float64', 'float32'] as const) {
        const { x, plain, masked } = build(dtype)
        const [before = [], after = []] = await evaluate([plain, masked], new Map([[x, values]]))
        // Adding 0 makes -0 and 0 the same: only the sign of a zero may differ.
        expect(Array.from(after, (value) => value + 0)).toEqual(Array.from(before, (value) => value + 0))
      }
    })
  })

  test('stay where the masked map is another than the pooled one', () => {
    const [x, other] = [leaf('float64', shape), leaf('float64', shape)]
    const [gradient] = gradients(sum(maxPool(relu(x), windows.tiles), [0, 1, 2, 3]), [x])
    const pooling = gradient?.inputs[0]
    if (pooling?.op.name !== 'maxPoolGradient') throw new Error('no gradient of the pool')
    const mask = gradients(sum(relu(other), [0, 1, 2, 3]), [other])[0]
    if (!mask) throw new Error('no mask')
    const product = mul(pooling, mask)
    expect(outputsOf(maskPooledGradients(graph([product])))[0]).toBe(product)
  })
})

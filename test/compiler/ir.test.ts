import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { within } from '../../src/ir/context.ts'
import { print } from '../../src/ir/print.ts'
import { broadcastShapes, elements, type Shape } from '../../src/base/type.ts'
import { verify } from '../../src/ir/verify.ts'
import { topological } from '../../src/ir/walk.ts'
import { add, mul } from '../../src/ops/elementwise.ts'
import { constant, input } from '../../src/ops/leaf.ts'
import { matmul } from '../../src/ops/matmul.ts'
import { sum } from '../../src/ops/reduce.ts'
import { slice } from '../../src/ops/slice.ts'
import { relu, tanh } from '../../src/ops/unary.ts'
import { leaf } from '../support/evaluate.ts'
import type { Node } from '../../src/ir/node.ts'

/** The intermediate representation: a frozen, typed graph that knows where it was written. */

test('a graph is printed one node per line, operands before users', () => {
  const x = input('views', 'x', 'float32', [4, 3])
  const weight = input('parameter', 'weight', 'float32', [2, 3])
  const activity = relu(matmul(x, weight, false, true))
  const weights = constant(
    'float32',
    [10],
    Array.from({ length: 10 }, (_, i) => i),
  )
  expect(print([sum(mul(activity, activity), [0, 1]), weights])).toMatchInlineSnapshot(`
    "%0: float32[4, 3] = input() {name: x, role: views, dtype: float32, shape: [4, 3]}
    %1: float32[2, 3] = input() {name: weight, role: parameter, dtype: float32, shape: [2, 3]}
    %2: float32[4, 2] = matmul(%0, %1) {transposeA: false, transposeB: true}
    %3: float32[4, 2] = relu(%2)
    %4: float32[4, 2] = mul(%3, %3)
    %5: float32[] = sum(%4) {axes: [0, 1], keep: false}
    %6: float32[10] = constant() {values: [0, 1, 2, 3, 4, 5, 6, 7, … 10], dtype: float32, shape: [10]}
    return %5, %6"
  `)
})

/** Each entry makes a node of the graph from two earlier ones, or a leaf where there are none. */
const recipe = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.boolean()), { minLength: 1, maxLength: 30 })
type Recipe = readonly (readonly [number, number, boolean])[]

function build(steps: Recipe): { nodes: Node[]; roots: Node[] } {
  const nodes: Node[] = [leaf('float32', [2])]
  for (const [left, right, multiply] of steps) {
    const [a, b] = [nodes[left % nodes.length], nodes[right % nodes.length]]
    if (a && b) nodes.push(multiply ? mul(a, b) : add(a, b))
  }
  return { nodes, roots: nodes.slice(-2) }
}

/** The nodes that can be reached, by the plainest recursion. */
function reachable(roots: readonly Node[], found = new Set<Node>()): Set<Node> {
  for (const root of roots) if (!found.has(root)) reachable(root.inputs, found.add(root))
  return found
}

describe('topological order', () => {
  test('lists every reachable node once, operands first', () => {
    fc.assert(
      fc.property(recipe, (steps) => {
        const { roots } = build(steps)
        const order = topological(roots)
        expect(new Set(order)).toEqual(reachable(roots))
        expect(order.length).toBe(new Set(order).size)
        const place = new Map(order.map((node, i) => [node, i]))
        for (const [i, node] of order.entries())
          expect(node.inputs.every((operand) => (place.get(operand) ?? Infinity) < i)).toBe(true)
      }),
    )
  })

  test('depends on the graph alone: one built anew is listed alike', () => {
    fc.assert(
      fc.property(recipe, (steps) => {
        const places = () => {
          const { nodes, roots } = build(steps)
          return topological(roots).map((node) => nodes.indexOf(node))
        }
        expect(places()).toEqual(places())
      }),
    )
  })

  test('lists nodes to stop at, but not what is below them', () => {
    const x = leaf('float32', [2])
    const [middle, other] = [relu(x), leaf('float32', [2])]
    const top = add(middle, other)
    expect(topological([top], (node) => node === middle)).toEqual([middle, other, top])
  })

  test('does not overflow the stack on a deep graph', () => {
    const chain = within({ origin: undefined }, () =>
      Array.from({ length: 20_000 }).reduce<Node>(relu, leaf('float32', [])),
    )
    expect(topological([chain]).length).toBe(20_001)
  })
})

describe('nodes', () => {
  const deeplyFrozen = (value: unknown): boolean =>
    typeof value !== 'object' ||
    value === null ||
    value instanceof Float64Array ||
    (Object.isFrozen(value) && Object.values(value).every(deeplyFrozen))

  test('are frozen with all that they hold but the numbers of constants', () => {
    const x = input('parameter', 'x', 'float32', [4, 3])
    for (const node of [x, slice(x, [0, 1], [4, 3]), sum(x, [0]), constant('float32', [2], [1, 2])]) {
      const { op, inputs, ...rest } = node
      expect([node, inputs].every(Object.isFrozen), op.name).toBe(true)
      expect(Object.values(rest).every(deeplyFrozen), op.name).toBe(true)
    }
  })

  test('do not change with the lists that they were made from', () => {
    const [shape, axes, values] = [[2, 3], [0], [1, 2]]
    const x = leaf('float32', shape)
    const nodes = [x, sum(x, axes), constant('float32', [2], values)]
    const before = print(nodes)
    for (const list of [shape, axes, values]) list.fill(7)
    expect(print(nodes)).toBe(before)
  })

  test('name the file and the line that they were written in', () => {
    const node = tanh(leaf('float32', [2])) // the line that is meant
    const { file, line = 0 } = node.origin ?? {}
    expect(file).toBe(import.meta.filename)
    const text = readFileSync(import.meta.filename, 'utf8').split('\n')
    expect(text[line - 1]).toContain('// the line that is meant')
  })

  test('carry the scope and the origin of the context they are made in', () => {
    const origin = { file: '/a/program.ts', line: 3, column: 1 }
    const node = within({ scope: 'conv1', origin }, () => leaf('float32', [2]))
    expect(node).toMatchObject({ scope: 'conv1', origin })
    expect(within({ origin: undefined }, () => leaf('float32', [2])).origin).toBeUndefined()
    expect(leaf('float32', [2]).scope).toBe('')
  })
})

describe('verify', () => {
  const x = leaf('float32', [2, 3])
  const node = sum(x, [0])
  const forge = (change: Partial<Node>, freeze = true): Node => {
    const forged = { ...node, ...change }
    return freeze ? Object.freeze(forged) : forged
  }

  test('accepts what the ops make', () => {
    fc.assert(
      fc.property(recipe, (steps) => {
        verify(build(steps).roots)
      }),
    )
    verify([node])
  })

  test.each([
    ['a node that is not frozen', forge({}, false), 'not frozen'],
    ['operands that are not frozen', forge({ inputs: [x] }), 'not frozen'],
    ['a shape that is not frozen', forge({ shape: [3] }), 'not frozen'],
    ['attributes that are not frozen', forge({ attributes: { ...node.attributes } }), 'not frozen'],
    [
      'a list among the attributes that is not frozen',
      forge({ attributes: Object.freeze({ axes: [0], keep: false }) }),
      'not frozen',
    ],
    ['a shape that the op does not infer', forge({ shape: Object.freeze([2]) }), 'float32[2], should be'],
    ['an element type that the op does not infer', forge({ dtype: 'float64' }), 'float64[3], should be'],
    ['half an element', forge({ shape: Object.freeze([1.5]) }), 'shape float32[1.5]'],
  ])('rejects %s, also below the root', (_, forged, problem) => {
    expect(() => {
      // An op refuses half an element itself.
      verify([Object.freeze({ ...relu(node), inputs: Object.freeze([forged]) })])
    }).toThrow(problem)
  })
})

describe('broadcasting', () => {
  test.each<[Shape, Shape, Shape | undefined]>([
    [[], [], []],
    [[], [2, 3], [2, 3]],
    [[3], [2, 3], [2, 3]],
    [
      [2, 1],
      [1, 3],
      [2, 3],
    ],
    [
      [4, 1, 3],
      [2, 1],
      [4, 2, 3],
    ],
    [[0], [1], [0]],
    [[0], [2], undefined],
    [[2], [3], undefined],
    [[2, 3], [2], undefined],
  ])('of %j and %j is %j, as in NumPy', (a, b, expected) => {
    expect(broadcastShapes(a, b)).toEqual(expected)
  })

  const shapes = fc.array(fc.constantFrom(0, 1, 1, 2, 3), { maxLength: 4 })
  const both = (a: Shape | undefined, b: Shape | undefined) => (a && b ? broadcastShapes(a, b) : undefined)

  /** Aligned at the last axis, missing axes being 1, all sizes of an axis but the ones must be equal. */
  function bruteForce(...given: readonly Shape[]): Shape | undefined {
    const rank = Math.max(...given.map((shape) => shape.length))
    const axes = Array.from({ length: rank }, (_, axis) => {
      const sizes = given.map((shape) => shape[axis - rank + shape.length] ?? 1)
      return [...new Set(sizes.filter((size) => size !== 1))]
    })
    return axes.some((sizes) => sizes.length > 1) ? undefined : axes.map(([size = 1]) => size)
  }

  test('is what the law says, in any order and grouping', () => {
    fc.assert(
      fc.property(shapes, shapes, shapes, (a, b, c) => {
        expect(broadcastShapes(a, b)).toEqual(bruteForce(a, b))
        expect(broadcastShapes(a, b)).toEqual(broadcastShapes(b, a))
        expect(both(both(a, b), c)).toEqual(both(a, both(b, c)))
        expect(both(both(a, b), c)).toEqual(bruteForce(a, b, c))
        expect(broadcastShapes(a, a)).toEqual(a)
        expect(broadcastShapes(a, [])).toEqual(a)
      }),
      { numRuns: 1000 },
    )
  })

  test('never loses an element', () => {
    fc.assert(
      fc.property(shapes, shapes, (a, b) => {
        const common = broadcastShapes(a, b)
        const counts = [a, b].map(elements)
        if (common && !common.includes(0))
          expect(elements(common)).toBeGreaterThanOrEqual(Math.max(...counts))
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { meaning } from '../../src/ir/meaning.ts'
import { print } from '../../src/ir/print.ts'
import { verify } from '../../src/ir/verify.ts'
import { topological } from '../../src/ir/walk.ts'
import { add, mul, sub } from '../../src/ops/elementwise.ts'
import { constant, input, scalar } from '../../src/ops/leaf.ts'
import { isLoop, makeLoop, resultsOfLoop, turnsOf } from '../../src/ops/loop.ts'
import { sum } from '../../src/ops/reduce.ts'
import { reshape, transpose } from '../../src/ops/shape.ts'
import { relu, tanh } from '../../src/ops/unary.ts'
import { share } from '../../src/passes/rewrite/share.ts'
import { simplify } from '../../src/passes/simplify/simplify.ts'
import { evaluate, leaf } from '../support/evaluate.ts'
import { graph } from '../support/with-algorithm.ts'
import { normals, relativeError } from '../support/samples.ts'
import type { Node } from '../../src/ir/node.ts'

/** Nodes with a graph inside: loops. Every pass sees what they do. */

const [x, y] = [leaf('float64', [3, 2]), leaf('float64', [3, 2])]
const feeds = new Map([
  [x, normals(6, 1)],
  [y, normals(6, 2)],
])
type Body = (a: Node, b: Node) => Node

/** A loop over the rows of two matrices; each call has inner values of its own. */
function over([first, second]: readonly [Node, Node], body: Body) {
  const inner = (outer: Node) => input('activity', 'item', outer.dtype, outer.shape.slice(1))
  const [a, b] = [inner(first), inner(second)]
  const result = body(a, b)
  return (how: 'summed' | 'stacked'): Node => {
    const results = makeLoop({
      scanned: [
        { inner: a, outer: first },
        { inner: b, outer: second },
      ],
      whole: [],
      summed: how === 'summed' ? [result] : [],
      stacked: how === 'stacked' ? [result] : [],
    })
    const [only] = results[how]
    if (!only) throw new Error('a loop without results')
    return only
  }
}
const summed = (operands: readonly [Node, Node], body: Body) => over(operands, body)('summed')
const stacked = (operands: readonly [Node, Node], body: Body) => over(operands, body)('stacked')
const loops = (roots: readonly Node[]) => topological(roots).filter(isLoop)
const after = (pass: typeof share, ...roots: readonly Node[]) =>
  pass(graph(roots, [x, y])).outputs.map(({ node }) => node)

describe('loops are shared', () => {
  const product: Body = (a, b) => mul(a, b)

  test('where they do the same', () => {
    const [a, b] = after(share, summed([x, y], product), summed([x, y], product))
    expect(a).toBe(b)
  })

  const wide = leaf('float64', [3, 20])
  const plus =
    (last: number): Body =>
    (a) =>
      add(a, constant('float64', [20], [...new Float64Array(19).map((_, i) => i), last]))
  const difference: Body = (a, b) => sub(a, b)
  const negative: Body = (a, b) => mul(a, mul(b, scalar('float64', -0)))
  const positive: Body = (a, b) => mul(a, mul(b, scalar('float64', 0)))

  test.each<[string, () => readonly [Node, Node]]>([
    [
      'constants that differ in their last number',
      () => [stacked([wide, wide], plus(1)), stacked([wide, wide], plus(2))],
    ],
    ['the sign of a zero', () => [stacked([x, y], negative), stacked([x, y], positive)]],
    ['the order of operands', () => [summed([x, y], difference), summed([y, x], difference)]],
    [
      'which operand is which inside',
      () => [summed([x, y], difference), summed([x, y], (a, b) => sub(b, a))],
    ],
  ])('and kept apart by %s', (_, build) => {
    const [a, b] = after(share, ...build())
    expect(a).not.toBe(b)
    expect(loops(a && b ? [a, b] : []).length).toBeGreaterThan(1)
  })

  test('and a sum and a stack of one body are two loops', () => {
    const both = after(share, summed([x, y], product), stacked([x, y], product))
    verify(both)
    expect(loops(both)).toHaveLength(2)
    expect(both.map(({ shape }) => shape)).toEqual([[2], [3, 2]])
  })

  test('which is also what identifies a program', () => {
    const identity = (node: Node) => meaning([{ name: 'out', node }])
    const one = identity(summed([x, y], difference))
    expect(identity(summed([x, y], difference))).toBe(one)
    expect(identity(summed([x, y], product))).not.toBe(one)
    expect(identity(summed([x, y], (a, b) => sub(b, a)))).not.toBe(one)
  })
})

test('what is inside a loop is simplified like all else', () => {
  const turned: Body = (a, b) =>
    add(reshape(reshape(a, [2, 1]), [2]), transpose(transpose(reshape(b, [1, 2]), [1, 0]), [1, 0]))
  const [result] = after(
    simplify,
    stacked([x, y], (a, b) => reshape(turned(a, b), [2])),
  )
  const inside = loops(result ? [result] : []).flatMap(({ regions }) =>
    regions.flatMap(({ outputs }) => topological(outputs.map(({ node }) => node)).map(({ op }) => op.name)),
  )
  expect(inside).not.toContain('transpose')
  expect(inside.filter((name) => name === 'reshape').length).toBeLessThan(3)
})

describe('verify refuses a loop', () => {
  const [a, b] = [input('activity', 'a', 'float64', [2]), input('activity', 'b', 'float64', [2])]

  test('that reads what it is not given', () => {
    const { stacked } = makeLoop({
      scanned: [{ inner: a, outer: x }],
      whole: [],
      summed: [],
      stacked: [add(a, b)],
    })
    expect(() => {
      verify(stacked)
    }).toThrow("its region reads 'b', which it is not given")
  })

  test.each<[string, Parameters<typeof makeLoop>[0]]>([
    [
      'items of another shape',
      { scanned: [{ inner: a, outer: leaf('float64', [3, 3]) }], whole: [], summed: [a], stacked: [] },
    ],
    [
      'items of another type',
      { scanned: [{ inner: a, outer: leaf('float32', [3, 2]) }], whole: [], summed: [a], stacked: [] },
    ],
    [
      'operands of other lengths',
      {
        scanned: [
          { inner: a, outer: x },
          { inner: b, outer: leaf('float64', [4, 2]) },
        ],
        whole: [],
        summed: [a],
        stacked: [],
      },
    ],
    ['no results', { scanned: [{ inner: a, outer: x }], whole: [], summed: [], stacked: [] }],
  ])('of %s cannot be made', (_, loop) => {
    expect(() => makeLoop(loop)).toThrow()
  })

  test('whose results are read as one', () => {
    const { summed } = makeLoop({ scanned: [{ inner: a, outer: x }], whole: [], summed: [a], stacked: [] })
    const [loop] = loops(summed)
    expect(() => {
      verify(loop ? [relu(loop)] : [])
    }).toThrow('reads several results as one')
  })
})

test('a loop is printed with its body', () => {
  expect(print([summed([x, y], (a, b) => mul(a, b))])).toMatchInlineSnapshot(`
    "%0: float64[3, 2] = input() {name: x, role: parameter, dtype: float64, shape: [3, 2]}
    %1: float64[3, 2] = input() {name: x, role: parameter, dtype: float64, shape: [3, 2]}
    %2: float64[2] = loop(%0, %1) {scanned: 2, summed: 1}
      %0: float64[2] = given0
      %1: float64[2] = given1
      %2: float64[2] = mul(%0, %1)
      return sum0 = %2
    %3: float64[2] = loopResult(%2) {index: 0}
    return %3"
  `)
})

test('results that are taken twice are one value', async () => {
  const product: Body = (a, b) => mul(a, b)
  const [first] = loops([summed([x, y], product)])
  if (!first) throw new Error('no loop')
  const [a, b] = [...resultsOfLoop(first), ...resultsOfLoop(first)]
  if (!a || !b) throw new Error('no results')
  const [both, again] = await evaluate([add(a, b), add(a, a)], feeds)
  expect(both).toEqual(again)
})

describe('random graphs with loops, some within others', () => {
  const column = (a: Node) => reshape(a, [2, 1])
  const bodies: readonly Body[] = [
    (a, b) => mul(a, b),
    (a, b) => sub(b, a),
    (a, b) => add(relu(a), mul(b, scalar('float64', -0))),
    (a, b) => add(constant('float64', [2], [1, 2]), mul(a, add(b, b))),
    (a, b) => reshape(reshape(add(tanh(a), b), [2, 1]), [2]),
    (a, b) =>
      add(
        a,
        reshape(
          stacked([column(a), column(b)], (c, d) => mul(c, d)),
          [2],
        ),
      ),
  ]
  const step = fc.tuple(fc.nat(bodies.length - 1), fc.boolean(), fc.nat(5), fc.nat(5))
  const recipe = fc.array(step, { minLength: 1, maxLength: 8 })

  function build(steps: readonly (readonly [number, boolean, number, number])[]): Node[] {
    const nodes: Node[] = [x, y]
    for (const [which, adds, left, right] of steps) {
      const [a, b, body] = [
        nodes.at(-1 - (left % nodes.length)),
        nodes.at(-1 - (right % nodes.length)),
        bodies[which],
      ]
      if (!a || !b || !body) continue
      const made = adds ? add(a, summed([a, b], body)) : stacked([a, b], body)
      nodes.push(tanh(made))
    }
    return nodes.slice(2)
  }

  test('are the same bits after sharing, and within rounding after simplifying', async () => {
    await fc.assert(
      fc.asyncProperty(recipe, async (steps) => {
        const once = build(steps)
        const wanted = await evaluate(once, feeds)
        const shared = after(share, ...once, ...build(steps))
        verify(shared)
        expect(loops(shared).length).toBeLessThanOrEqual(loops(once).length)
        expect(await evaluate(shared, feeds)).toEqual([...wanted, ...wanted])
        const short = after(simplify, ...once)
        verify(short)
        const actual = await evaluate(short, feeds)
        wanted.forEach((values, i) => {
          expect(relativeError(actual[i] ?? [], values)).toBeLessThan(1e-12)
        })
      }),
      { numRuns: 40 },
    )
  })

  test('know how often they turn', () => {
    expect(loops(build([[0, true, 0, 1]])).map(turnsOf)).toEqual([3])
    expect(sum(x, [0]).regions).toEqual([])
  })
})

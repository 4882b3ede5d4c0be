import type { Window } from '../../src/ops/window.ts'
import { expect, test } from 'vitest'
import { print } from '../../src/ir/print.ts'
import { elements } from '../../src/base/type.ts'
import { make } from '../../src/ops/define.ts'
import { add, addOp, div, mul, sub } from '../../src/ops/elementwise.ts'
import { gemm } from '../../src/ops/gemm.ts'
import { operandsOf } from '../../src/ops/is.ts'
import { matmul } from '../../src/ops/matmul.ts'
import { gather } from '../../src/ops/gather.ts'
import { constant, filled, scalar } from '../../src/ops/leaf.ts'
import { maxPool, maxPoolGradientOp } from '../../src/ops/pool.ts'
import { concat } from '../../src/ops/concat.ts'
import { max, mean, sum } from '../../src/ops/reduce.ts'
import { broadcast, broadcastOp, reshape, transpose } from '../../src/ops/shape.ts'
import { pad, slice } from '../../src/ops/slice.ts'
import { heaviside, neg, relu } from '../../src/ops/unary.ts'
import { accumulate, accumulations } from '../../src/passes/rewrite/accumulate.ts'
import { evenOperands, withEvenOperands } from '../../src/passes/rewrite/even-operands.ts'
import { maskPooledGradients, pooledMask } from '../../src/passes/rewrite/pool-mask.ts'
import { algebra } from '../../src/passes/simplify/algebra.ts'
import { movement } from '../../src/passes/simplify/movement.ts'
import { simplify } from '../../src/passes/simplify/simplify.ts'
import { evaluate, leaf } from '../support/evaluate.ts'
import { graph } from '../support/with-algorithm.ts'
import { normals, relativeError } from '../support/samples.ts'
import type { Node } from '../../src/ir/node.ts'

/** Each local rewrite by its name: what it is given, and what it makes of it. */

const [x, y] = [leaf('float64', [2, 3]), leaf('float64', [2, 3])]
const row = leaf('float64', [1, 3])
const column = leaf('float64', [2, 1])
const map = leaf('float64', [1, 1, 4, 4])
const pooled = leaf('float64', [1, 1, 2, 2])
const rows = leaf('float64', [6, 2])
const number = (value: number): Node => scalar('float64', value)
const indices = (...values: number[]): Node => constant('int64', [values.length], values)

const window: Window = { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1] }
const top = maxPool(map, window)
/** Blocks of rows [first, second] that change places. */
const swapped = (of: Node, first: number, second: number): Node =>
  reshape(transpose(reshape(of, [first, second, 2]), [1, 0, 2]), [first * second, 2])

const cases: Readonly<Record<string, readonly [before: Node, after: Node]>> = {
  'relu(relu(x)) = relu(x)': [relu(relu(x)), relu(x)],
  '-(-x) = x': [neg(neg(x)), x],
  '-(a - b) = b - a': [neg(sub(x, y)), sub(y, x)],
  '-(x · c) = x · -c': [neg(mul(x, number(2))), mul(x, number(-2))],
  'x · 1 = x': [mul(filled('float64', [3], 1), x), x],
  '-x · c = x · -c': [mul(number(2), neg(x)), mul(x, number(-2))],
  '(x · c) · d = x · cd': [mul(mul(x, number(2)), number(3)), mul(x, number(6))],
  '(x · ones) · y = x · y where y is as large': [mul(mul(row, filled('float64', [2, 1], 1)), y), mul(row, y)],
  'x + 0 = x': [add(number(0), x), x],
  'a + -b = a - b': [add(x, neg(y)), sub(x, y)],
  'x - 0 = x': [sub(x, number(0)), x],
  'x / 1 = x': [div(x, number(1)), x],
  'sum(x) = reshape(x) over axes of one element': [sum(row, [0]), reshape(row, [3])],
  'mean(x) = reshape(x) over axes of one element': [mean(column, [1]), reshape(column, [2])],
  'max(x) = reshape(x) over axes of one element': [max(pooled, [0, 1]), reshape(pooled, [2, 2])],
  'reshape(reshape(x)) = reshape(x)': [reshape(reshape(x, [6]), [3, 2]), reshape(x, [3, 2])],
  'reshape(x) = x where the shape is the same': [reshape(x, [2, 3]), x],
  'transpose(transpose(x)) = transpose(x)': [
    transpose(transpose(map, [1, 0, 3, 2]), [2, 3, 0, 1]),
    transpose(map, [3, 2, 1, 0]),
  ],
  'rows that were gathered and change places are gathered there': [
    swapped(gather(rows, indices(5, 4, 3, 2, 1, 0)), 2, 3),
    gather(rows, indices(5, 2, 4, 1, 3, 0)),
  ],
  'transpose(x) = reshape(x) where only axes of one element move': [
    transpose(column, [1, 0]),
    reshape(column, [1, 2]),
  ],
  'slice(x) = x where it is all': [slice(x, [0, 0], [2, 3]), x],
  'broadcast(x) = x where it is as large': [make(broadcastOp, [x], { shape: [2, 3] }), x],
  'concat(x) = x': [concat([x], 0), x],
  'x[i][j] = x[i[j]] of constant indices along one axis': [
    gather(gather(rows, indices(5, 3, 1)), indices(2, 0)),
    gather(rows, indices(1, 5)),
  ],
  'rows that changed places are gathered from where they were': [
    gather(swapped(rows, 2, 3), indices(1, 4)),
    gather(rows, indices(3, 2)),
  ],
  [pooledMask.name]: [
    mul(make(maxPoolGradientOp, [map, top, pooled], window), heaviside(map)),
    make(maxPoolGradientOp, [map, top, mul(pooled, heaviside(top))], window),
  ],
}

const lines = (node: Node | undefined): string => print(node ? [node] : [])

/** In float32, as parameters are. */
const [a, b, c] = [leaf('float32', [2, 4]), leaf('float32', [4, 3]), leaf('float32', [2, 3])]
const [beta, rate] = [scalar('float32', 0.5), leaf('float32', [])]
const noTranspose = { transposeA: false, transposeB: false }
const accumulated: Readonly<Record<string, readonly [before: Node, after: Node]>> = {
  'c · beta + a b = Gemm(a, b, c; beta)': [
    add(mul(c, beta), matmul(a, b)),
    gemm([a, b, c], { ...noTranspose, beta: 0.5 }),
  ],
  'c - a b · rate = Gemm(a · -rate, b, c)': [
    sub(c, mul(matmul(a, b), rate)),
    gemm([mul(a, neg(rate)), b, c], { ...noTranspose, beta: 1 }),
  ],
}

test.each(Object.entries(accumulated))('%s', async (_, [before, after]) => {
  const single = new Map([a, b, c, rate].map((node, i) => [node, normals(elements(node.shape), i)]))
  const pass = (node: Node) => accumulate(graph([node], [...single.keys()])).outputs[0]?.node
  expect(lines(pass(before))).toBe(lines(after))
  const [wanted = [], actual = []] = await evaluate([before, after], single)
  expect(relativeError(actual, wanted)).toBeLessThan(1e-6)
  // Another reader would round otherwise.
  const [, product] = operandsOf(before, addOp)
  if (product) expect(lines(pass(add(before, product)))).not.toContain('gemm')
})

const batch = leaf('float64', [4, 3, 5])
const matrix = leaf('float64', [2, 3])
const columnOf = leaf('float64', [4, 1, 2, 3])
const deep = leaf('float64', [4, 2, 3, 5])
const noRows = [0, 0, 0]
const evened: Readonly<Record<string, readonly [before: Node, after: Node]>> = {
  '[x, zeros] = x, padded': [
    concat([batch, filled('float64', [4, 1, 5], 0)], 1),
    pad(batch, noRows, [0, 1, 0]),
  ],
  'a b = a b with a matrix for each product': [
    matmul(columnOf, deep),
    matmul(broadcast(columnOf, [4, 2, 2, 3]), deep),
  ],
}

test.each(Object.entries(evened))('%s', async (_, [before, after]) => {
  const leaves = [batch, matrix, columnOf, deep]
  const pass = (node: Node) => withEvenOperands(graph([node], leaves)).outputs[0]?.node
  expect(lines(pass(before))).toBe(lines(after))
  const given = new Map(leaves.map((node, i) => [node, normals(elements(node.shape), i)]))
  const [wanted = [], actual = []] = await evaluate([before, after], given)
  expect(relativeError(actual, wanted)).toBeLessThan(1e-12)
})

test('operands that are even, or would have to be copied many times, stay as they are', () => {
  const same = (node: Node, ...leaves: readonly Node[]) => {
    expect(lines(withEvenOperands(graph([node], leaves)).outputs[0]?.node)).toBe(lines(node))
  }
  same(concat([batch, batch], 1), batch)
  same(concat([batch, filled('float64', [4, 1, 5], 1)], 1), batch)
  same(matmul(batch, leaf('float64', [5, 2])), batch)
  const [large, vectors] = [leaf('float64', [30, 30]), leaf('float64', [4, 30, 1])]
  same(matmul(large, vectors), large, vectors)
})

test('every rewrite has a case here, and no other name has one', () => {
  const names = [...algebra, ...movement, pooledMask, ...accumulations(() => true), ...evenOperands].map(
    ({ name }) => name,
  )
  expect(Object.keys({ ...cases, ...accumulated, ...evened }).sort()).toEqual(names.toSorted())
})

const feeds = new Map(
  [x, y, row, column, map, pooled, rows].map((node, i) => [node, normals(elements(node.shape), i)]),
)

test.each(Object.entries(cases))('%s', async (name, [before, after]) => {
  const pass = name === pooledMask.name ? maskPooledGradients : simplify
  const [made] = pass(graph([before], [...feeds.keys()])).outputs.map(({ node }) => node)
  expect(lines(made)).toBe(lines(after))
  const [wanted = [], actual = []] = await evaluate([before, after], feeds)
  expect(relativeError(actual, wanted)).toBeLessThan(1e-15)
})

import { expect, test } from 'vitest'
import { within } from '../../src/ir/context.ts'
import { topological } from '../../src/ir/walk.ts'
import { verify } from '../../src/ir/verify.ts'
import { concat } from '../../src/ops/concat.ts'
import { mul, sub } from '../../src/ops/elementwise.ts'
import { gather } from '../../src/ops/gather.ts'
import { constant } from '../../src/ops/leaf.ts'
import { matmul } from '../../src/ops/matmul.ts'
import { sum } from '../../src/ops/reduce.ts'
import { reshape, transpose } from '../../src/ops/shape.ts'
import { withOwnBuffers } from '../../src/passes/rewrite/own-buffers.ts'
import { evaluate, leaf } from '../support/evaluate.ts'
import { normals } from '../support/samples.ts'
import { graph } from '../support/with-algorithm.ts'
import type { Node } from '../../src/ir/node.ts'

/** Large values of different layers have shapes of their own, so that onnxruntime keeps no memory of one for another. */

const list = (values: readonly number[]) => constant('int64', [values.length], values)
const square = constant('float64', [4, 4], [1, 2, 0, 0, 0, 1, 3, 0, 0, 0, 1, 4, 5, 0, 0, 1])
const row = constant('float64', [3], [1, 2, 3])
const matrices = (x: Node) => reshape(matmul(reshape(x, [2, 2, 3]), reshape(x, [2, 3, 2])), [2, 2, 2])

/** Each makes a value of four rows of three, or of two matrices, and is done once in each of two layers. */
const ops: readonly (readonly [string, (x: Node) => Node])[] = [
  ['gather', (x) => gather(x, list([3, 2, 1, 0]))],
  ['gather', (x) => gather(x, list([2, 0, 1]), 1)],
  ['matmul', (x) => matmul(square, x)],
  ['matmul', (x) => matmul(x, constant('float64', [3, 3], [0, 1, 0, 2, 0, 0, 0, 0, 3]))],
  ['matmul', matrices],
  ['concat', (x) => concat([gather(x, list([3, 0])), gather(x, list([1, 2]))], 0)],
  ['mul', (x) => mul(x, x)],
  ['sub', (x) => sub(x, row)],
  ['sub', (x) => sub(row, x)],
]

const inTwoLayers = (make: (x: Node) => Node) => {
  const x = leaf('float64', [4, 3])
  const first = within({ scope: 'first', layer: 'first' }, () => make(x))
  const second = within({ scope: 'second', layer: 'second' }, () => make(sub(x, row)))
  return {
    x,
    source: graph([sum(first, [...first.shape.keys()]), sum(second, [...second.shape.keys()])], [x]),
  }
}

test.each(ops)('%s (case %#): the second has axes in front, and the same numbers', async (name, make) => {
  const { x, source } = inTwoLayers(make)
  const after = withOwnBuffers(source, 0)
  const roots = (of: typeof source) => of.outputs.map(({ node }) => node)
  verify(roots(after), [x])
  const shapes = topological(roots(after))
    .filter(({ op, layer }) => op.name === name && layer !== undefined)
    .map(({ shape }) => String(shape))
  expect(new Set(shapes).size).toBeGreaterThan(1)
  const feeds = new Map([[x, normals(12, 1)]])
  expect(await evaluate(roots(after), feeds)).toEqual(await evaluate(roots(source), feeds))
})

test('small values stay as they are, and so do products of what is turned just before', () => {
  const { source } = inTwoLayers((x) => mul(x, x))
  expect(withOwnBuffers(source).outputs).toEqual(source.outputs)
  const turned = inTwoLayers((x) => matmul(transpose(x, [1, 0]), transpose(x, [1, 0]), true, false))
  const products = topological(withOwnBuffers(turned.source, 0).outputs.map(({ node }) => node))
  expect(products.filter(({ op }) => op.name === 'matmul').map(({ shape }) => shape)).toEqual([
    [4, 4],
    [4, 4],
  ])
})

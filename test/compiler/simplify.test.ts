import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { verify } from '../../src/ir/verify.ts'
import { legalise } from '../../src/passes/legalise/legalise.ts'
import { emitGraph } from '../../src/onnx/emit.ts'
import { decodeModel } from '../../src/onnx/proto.ts'
import { modelText } from '../../src/onnx/text.ts'
import { add, div, mul, scale, sub } from '../../src/ops/elementwise.ts'
import { gather } from '../../src/ops/gather.ts'
import { constant, filled, scalar } from '../../src/ops/leaf.ts'
import { mean } from '../../src/ops/reduce.ts'
import { concat } from '../../src/ops/concat.ts'
import { reshape, transpose } from '../../src/ops/shape.ts'
import { slice } from '../../src/ops/slice.ts'
import { exp, heaviside, neg, relu, sqrt, tanh } from '../../src/ops/unary.ts'
import { simplify } from '../../src/passes/simplify/simplify.ts'
import { evaluate, leaf } from '../support/evaluate.ts'
import { graph } from '../support/with-algorithm.ts'
import { normals, relativeError } from '../support/samples.ts'
import type { GraphSource } from '../../src/ir/graph.ts'
import type { Node } from '../../src/ir/node.ts'

/** Simplification, before and after, in ONNX text. */

const x = leaf('float64', [2, 3])
const single = leaf('float32', [2, 3])
const rest = { one: scalar('float64', 1), zeros: filled('float64', [2, 3], 0), two: scalar('float64', 2) }
const indices = (...values: number[]) => constant('int64', [values.length], values)

const nodesOf = (source: GraphSource): string[] => {
  const text = modelText(decodeModel(emitGraph(legalise(source).source).bytes))
  const [, nodes = ''] = text.split('\nnodes\n')
  return nodes
    .trim()
    .split('\n')
    .map((line) => line.replace(/ {2}# .*$/, '').trim())
}

const cases: readonly (readonly [name: string, before: Node, beforeText: string[], afterText: string[]])[] = [
  [
    'a product with one',
    tanh(mul(x, rest.one)),
    ['mul: float64[2, 3] = Mul(in0, 1)', 'out0: float64[2, 3] = Tanh(mul)'],
    ['out0: float64[2, 3] = Tanh(in0)'],
  ],
  [
    'a sum with zeros, and a quotient by one',
    tanh(div(add(rest.zeros, x), rest.one)),
    [
      'add: float64[2, 3] = Add(constant/float64_2x3, in0)',
      'div: float64[2, 3] = Div(add, 1)',
      'out0: float64[2, 3] = Tanh(div)',
    ],
    ['out0: float64[2, 3] = Tanh(in0)'],
  ],
  [
    'a chain of factors and signs',
    neg(scale(neg(scale(scale(x, 0.5), 4)), 3)),
    [
      'mul: float64[2, 3] = Mul(in0, 0.5)',
      'mul_2: float64[2, 3] = Mul(mul, 4)',
      'neg: float64[2, 3] = Neg(mul_2)',
      'mul_3: float64[2, 3] = Mul(neg, 3)',
      'out0: float64[2, 3] = Neg(mul_3)',
    ],
    ['out0: float64[2, 3] = Mul(in0, 6)'],
  ],
  [
    'a difference, twice its sign',
    neg(sub(neg(neg(x)), exp(x))),
    [
      'neg: float64[2, 3] = Neg(in0)',
      'neg_2: float64[2, 3] = Neg(neg)',
      'exp: float64[2, 3] = Exp(in0)',
      'sub: float64[2, 3] = Sub(neg_2, exp)',
      'out0: float64[2, 3] = Neg(sub)',
    ],
    ['exp: float64[2, 3] = Exp(in0)', 'out0: float64[2, 3] = Sub(exp, in0)'],
  ],
  [
    'constants, rounded as the graph rounds them',
    mul(single, add(div(scalar('float32', 1), scalar('float32', 3)), sqrt(scalar('float32', 4)))),
    [
      'div: float32[] = Div(1, 3)',
      'sqrt: float32[] = Sqrt(4)',
      'add: float32[] = Add(div, sqrt)',
      'out0: float32[2, 3] = Mul(in0, add)',
    ],
    ['out0: float32[2, 3] = Mul(in0, 2.3333333)'],
  ],
  [
    'the gradient of a mean that meets a mask: nothing is spread first',
    mul(mul(reshape(mean(x, [0]), [1, 3]), filled('float64', [2, 1], 1)), heaviside(x)),
    [
      'mean: float64[3] = ReduceMean(in0, [0]) keepdims=0',
      'reshape: float64[1, 3] = Reshape(mean, [1, 3])',
      'mul: float64[2, 3] = Mul(reshape, constant/float64_2x1)',
      'heaviside/greater: bool[2, 3] = Greater(in0, 0)',
      'heaviside/cast: float64[2, 3] = Cast(heaviside/greater) to=11',
      'out0: float64[2, 3] = Mul(mul, heaviside/cast)',
    ],
    [
      'mean: float64[3] = ReduceMean(in0, [0]) keepdims=0',
      'reshape: float64[1, 3] = Reshape(mean, [1, 3])',
      'heaviside/greater: bool[2, 3] = Greater(in0, 0)',
      'heaviside/cast: float64[2, 3] = Cast(heaviside/greater) to=11',
      'out0: float64[2, 3] = Mul(reshape, heaviside/cast)',
    ],
  ],
  [
    'transposes that undo each other, and reshapes in a row',
    tanh(reshape(reshape(transpose(transpose(x, [1, 0]), [1, 0]), [3, 2]), [6])),
    [
      'transpose: float64[3, 2] = Transpose(in0) perm=[1, 0]',
      'transpose_2: float64[2, 3] = Transpose(transpose) perm=[1, 0]',
      'reshape: float64[3, 2] = Reshape(transpose_2, [3, 2])',
      'reshape_2: float64[6] = Reshape(reshape, [6])',
      'out0: float64[6] = Tanh(reshape_2)',
    ],
    ['reshape: float64[6] = Reshape(in0, [6])', 'out0: float64[6] = Tanh(reshape)'],
  ],
  [
    'a transpose of axes of size one',
    tanh(transpose(reshape(x, [2, 1, 3]), [1, 0, 2])),
    [
      'reshape: float64[2, 1, 3] = Reshape(in0, [2, 1, 3])',
      'transpose: float64[1, 2, 3] = Transpose(reshape) perm=[1, 0, 2]',
      'out0: float64[1, 2, 3] = Tanh(transpose)',
    ],
    ['reshape: float64[1, 2, 3] = Reshape(in0, [1, 2, 3])', 'out0: float64[1, 2, 3] = Tanh(reshape)'],
  ],
  [
    'blocks of rows that change places and are gathered',
    tanh(gather(reshape(transpose(reshape(x, [3, 2, 1]), [1, 0, 2]), [6, 1]), indices(1, 4))),
    [
      'reshape: float64[3, 2, 1] = Reshape(in0, [3, 2, 1])',
      'transpose: float64[2, 3, 1] = Transpose(reshape) perm=[1, 0, 2]',
      'reshape_2: float64[6, 1] = Reshape(transpose, [6, 1])',
      'gather: float64[2, 1] = Gather(reshape_2, [1, 4]) axis=0',
      'out0: float64[2, 1] = Tanh(gather)',
    ],
    [
      'reshape: float64[6, 1] = Reshape(in0, [6, 1])',
      'gather: float64[2, 1] = Gather(reshape, [2, 3]) axis=0',
      'out0: float64[2, 1] = Tanh(gather)',
    ],
  ],
  [
    'gathers of gathers, and slices of all there is',
    gather(gather(concat([slice(x, [0, 0], [2, 3])], 0), indices(2, 0, 1), 1), indices(1, 1), 1),
    [
      'slice: float64[2, 3] = Slice(in0, [0, 0], [2, 3], [0, 1], [1, 1])',
      'concat: float64[2, 3] = Concat(slice) axis=0',
      'gather: float64[2, 3] = Gather(concat, [2, 0, 1]) axis=1',
      'out0: float64[2, 2] = Gather(gather, [1, 1]) axis=1',
    ],
    ['out0: float64[2, 2] = Gather(in0, [0, 0]) axis=1'],
  ],
]

describe('simplify', () => {
  test.each(cases)('%s', async (_, node, before, after) => {
    const read = node.dtype === 'float32' ? single : x
    const source = graph([node], [read])
    const simple = simplify(source)
    expect(nodesOf(source)).toEqual(before)
    expect(nodesOf(simple)).toEqual(after)
    const results = simple.outputs.map((output) => output.node)
    verify(results)
    const feeds = new Map([[read, normals(6, 1)]])
    const [wanted = [], found = []] = [await evaluate([node], feeds), await evaluate(results, feeds)].flat()
    expect(relativeError(found, wanted)).toBeLessThan(1e-15 + (node.dtype === 'float32' ? 1e-7 : 0))
  })

  const kept: readonly (readonly [string, Node])[] = [
    ['a product with one that broadcasts', mul(reshape(x, [2, 3, 1]), filled('float64', [2], 1))],
    ['a product with zero: it may be NaN', mul(x, filled('float64', [2, 3], 0))],
    [
      'a factor that is larger than what it multiplies',
      mul(mul(x, rest.two), filled('float64', [4, 2, 3], 2)),
    ],
    ['constants of functions that providers round differently', mul(x, exp(rest.two))],
    ['a transpose that moves elements', transpose(reshape(x, [2, 1, 3]), [2, 1, 0])],
    ['gathers along different axes', gather(gather(x, indices(1, 0), 0), indices(1, 1), 1)],
    ['relu of a difference', relu(sub(x, rest.two))],
  ]
  test.each(kept)('%s stays', (_, node) => {
    const source = graph([node], [x])
    expect(nodesOf(simplify(source))).toEqual(nodesOf(source))
  })

  const operations: readonly ((a: Node, b: Node) => Node)[] = [
    add,
    sub,
    mul,
    (a) => neg(a),
    (a) => scale(a, -2),
    (a) => scale(a, 1),
    (a) => scale(a, 0.5),
    (a) => add(a, rest.zeros),
    (a) => transpose(transpose(a, [1, 0]), [1, 0]),
    (a) => reshape(reshape(a, [3, 2]), [2, 3]),
    (a) => gather(gather(a, indices(2, 0, 1), 1), indices(1, 2, 0), 1),
    (a) => relu(relu(a)),
    (a) => mul(mul(reshape(mean(a, [0]), [1, 3]), filled('float64', [2, 1], 1)), heaviside(a)),
  ]
  const recipe = fc.array(fc.tuple(fc.nat(operations.length - 1), fc.nat(6), fc.nat(6)), {
    minLength: 1,
    maxLength: 20,
  })

  test('never changes a value by more than rounding: random graphs', async () => {
    const y = leaf('float64', [2, 3])
    const feeds = new Map([
      [x, normals(6, 1)],
      [y, normals(6, 2)],
    ])
    await fc.assert(
      fc.asyncProperty(recipe, async (steps) => {
        const nodes: Node[] = [x, y]
        for (const [operation, left, right] of steps) {
          const [a, b] = [nodes.at(-1 - (left % nodes.length)), nodes.at(-1 - (right % nodes.length))]
          const node = a && b && operations[operation]?.(a, b)
          if (node) nodes.push(tanh(node))
        }
        const results = simplify(graph(nodes.slice(2), [x, y])).outputs.map(({ node }) => node)
        verify(results)
        const [before, after] = [await evaluate(nodes.slice(2), feeds), await evaluate(results, feeds)]
        before.forEach((wanted, i) => {
          expect(relativeError(after[i] ?? [], wanted)).toBeLessThan(1e-12)
        })
      }),
      { numRuns: 40 },
    )
  })
})

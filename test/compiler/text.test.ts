import { describe, expect, test } from 'vitest'
import { attributeTypes, decodeModel, elementTypes, encodeModel, type Model } from '../../src/onnx/proto.ts'
import { modelText } from '../../src/onnx/text.ts'

const floats = (...values: number[]) => new Uint8Array(new Float32Array(values).buffer)

/** As other programs write it: constants in typed fields, unknown sizes, domains, optional operands. */
const foreign: Model = {
  irVersion: 8,
  producerName: 'elsewhere',
  opsetImport: [
    { domain: '', version: 18 },
    { domain: 'com.microsoft', version: 1 },
  ],
  graph: {
    name: 'g',
    docString: 'An example.',
    input: [
      {
        name: 'x',
        type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'n' }, { dimValue: 3 }, {}] } } },
      },
    ],
    output: [{ name: 'y', type: { tensorType: { elemType: 11 } } }],
    initializer: [
      { name: 'square', dataType: elementTypes.FLOAT, dims: [2, 1], rawData: floats(0.1, -1e-8) },
      { name: 'scalar', dataType: elementTypes.FLOAT, dims: [], rawData: floats(0.3) },
      { name: 'typed', dataType: elementTypes.INT64, dims: [3], int64Data: [1, -1, 2 ** 40] },
      { name: 'long', dataType: elementTypes.FLOAT, dims: [9], floatData: [1, 2, 3, 4, 5, 6, 7, 8, 9] },
    ],
    node: [
      {
        opType: 'FusedMatMul',
        domain: 'com.microsoft',
        input: ['x', '', 'square', 'scalar'],
        output: ['h'],
        docString: 'mine.ts:3:9',
        attribute: [
          { name: 'alpha', type: attributeTypes.FLOAT, f: 0.1 },
          { name: 'mode', type: attributeTypes.STRING, s: new TextEncoder().encode('linear') },
        ],
      },
      { opType: 'Slice', input: ['h', 'typed'], output: ['y'] },
    ],
  },
}

describe('ONNX as text', () => {
  test('shows every part of a model, one node a line', () => {
    expect(modelText(decodeModel(encodeModel(foreign))))
      .toBe(`ONNX model: IR 8, opset 18, com.microsoft 1, made by elsewhere
graph g: An example.

inputs
  x: float32[n, 3, ?]

outputs
  y: float64 of any shape

constants
  square: float32[2, 1] = 0.1, -1e-8
  long: float32[9] = 1, 2, 3, 4, 5, 6, 7, 8, … (9 elements, sha256 6f9ceca2…)

nodes
  h = com.microsoft.FusedMatMul(x, –, square, 0.3) alpha=0.1 mode="linear"  # mine.ts:3:9
  y: float64 of any shape = Slice(h, [1, -1, 1099511627776])
`)
  })

  test('two long constants that differ only at the end differ in the text', () => {
    const withLast = (last: number): Model => ({
      ...foreign,
      graph: {
        initializer: [{ name: 'c', dataType: 1, dims: [9], rawData: floats(1, 1, 1, 1, 1, 1, 1, 1, last) }],
      },
    })
    expect(modelText(withLast(1))).not.toBe(modelText(withLast(2)))
  })
})

test('a constant of millions of elements is told by the first of them and a hash of its bytes', () => {
  const graph = (rawData: Uint8Array) => ({
    graph: { initializer: [{ name: 'c', dims: [2e6], dataType: 1, rawData }] },
  })
  const [zeros, other] = [new Uint8Array(8e6), new Uint8Array(8e6)]
  other[7_999_999] = 1
  const text = modelText(graph(zeros))
  expect(text).toMatch(
    /c: float32\[2000000\] = 0, 0, 0, 0, 0, 0, 0, 0, … \(8000000 bytes, their sha256 \w{8}…\)/,
  )
  expect(text).not.toBe(modelText(graph(other)))
})

test('a model whose graphs nest without measure is none', () => {
  const nested = (depth: number): NonNullable<Model['graph']> =>
    depth === 0 ? {} : { node: [{ attribute: [{ name: 'body', g: nested(depth - 1) }] }] }
  const encoded = (depth: number) => encodeModel({ opsetImport: [{ version: 18 }], graph: nested(depth) })
  expect(modelText(decodeModel(encoded(60)))).toContain('give')
  expect(() => decodeModel(encoded(100))).toThrow('graphs within each other')
})

test('a model of more parts or numbers than memory can hold is read no further', () => {
  const refused = 'it has more than 5000000 fields and numbers'
  // Metadata, each empty: two bytes.
  const empty = new Uint8Array(6_000_000).map((_, at) => (at % 2 === 0 ? 0x72 : 0))
  expect(() => decodeModel(empty)).toThrow(refused)
  const dims = Array<number>(5_100_000).fill(1)
  const graph = { initializer: [{ name: 'many', dims, dataType: 1 }] }
  expect(() => decodeModel(encodeModel({ opsetImport: [{ version: 18 }], graph }))).toThrow(refused)
})

test("names in a stranger's model move no cursor and break no line", () => {
  const text = modelText({
    opsetImport: [{ version: 18 }],
    producerName: '\u001b[2J',
    graph: {
      name: 'g\u009b31m',
      docString: 'two\nlines',
      node: [{ opType: 'Relu\r', input: ['x'], output: ['y'] }],
    },
  })
  expect(text.split('\n').slice(0, 2)).toEqual([
    'ONNX model: IR ?, opset 18, made by \\u001b[2J',
    'graph g\\u009b31m: two\\u000alines',
  ])
  expect(text).toContain('y = Relu\\u000d(x)')
})

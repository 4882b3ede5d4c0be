import onnxProto from 'onnx-proto'
import { describe, expect, test } from 'vitest'
import { present } from '../../src/base/lists.ts'
import { temporaryFolder } from '../runtime/temporary-folder.ts'
import { int, list, node } from '../runtime/tiny-graph.ts'
import { forge, forgeModel, refusalOf } from './forged-bundle.ts'
import { add, constantsOf, filled, loop, nodesOf, tensorAttribute, type Change } from './forged-graph.ts'
import type { GraphProto, NodeProto, TensorProto } from './forged-bundle.ts'

/** Graphs that somebody wrote to harm who runs them. Each is refused before onnxruntime has seen it. */

const { AttributeProto, ModelProto, TensorProto: Tensor } = onnxProto.onnx
const types = AttributeProto.AttributeType

const file = [{ key: 'location', value: 'etc/passwd' }]
const outside: TensorProto = {
  ...{ name: 'secret', dataType: 1, dims: [16], dataLocation: Tensor.DataLocation.EXTERNAL },
  externalData: file,
}
/** Loops within each other, each over all rows. */
const nested = (depth: number, rows = 'views', shape = [1, 2, 2]): NodeProto =>
  loop(depth === 0 ? {} : { node: [nested(depth - 1, rows, shape)] }, rows, shape, depth)

const replaceOperator =
  (operator: string): Change =>
  (graph) => {
    const found = nodesOf(graph).find(({ opType }) => opType === 'Mul')
    present(found, 'a product').opType = operator
  }

const window = (changed: Readonly<Record<string, number[] | number>>) =>
  Object.entries({
    kernel_shape: [2, 2],
    strides: [1, 1],
    pads: [0, 0, 0, 0],
    dilations: [1, 1],
    ...changed,
  }).map(([name, value]) =>
    typeof value === 'number' ? int(name, value) : { name, type: types.INTS, ints: value },
  )

const sizes = (...values: number[]) => list('sizes', values)
const MANY = 2 ** 40

const cases: readonly (readonly [title: string, change: Change, told: string])[] = [
  [
    'a constant whose numbers are in another file',
    (graph) => constantsOf(graph).push(outside),
    'in another file',
  ],
  [
    'an attribute whose numbers are in another file',
    add(node('ConstantOfShape', ['sizes'], 'x1', tensorAttribute(outside)), sizes(4)),
    'in another file',
  ],
  [
    'a constant in the body of a loop whose numbers are in another file',
    add(loop({ initializer: [outside] })),
    'in another file',
  ],
  [
    'a sparse constant',
    (graph) => (graph.sparseInitializer = [{ values: outside, indices: filled, dims: [4] }]),
    'is a sparse constant',
  ],
  ['an operator that the compiler never writes', replaceOperator('RandomNormalLike'), "'RandomNormalLike'"],
  ['a loop without a number of turns', replaceOperator('Loop'), "an operator 'Loop'"],
  ['a branch', replaceOperator('If'), "an operator 'If'"],
  [
    'an operator of another domain',
    (graph) => (present(nodesOf(graph)[0], 'a node').domain = 'com.microsoft'),
    'names a domain of operators',
  ],
  [
    'operators of another domain, imported',
    (_, model) => model.opsetImport?.push({ domain: 'ai.onnx.ml', version: 3 }),
    'field 8 of the model',
  ],
  ['another operator set', (_, model) => (model.opsetImport = [{ domain: '', version: 21 }]), 'opset 21'],
  [
    'a function of its own',
    (_, model) => (model.functions = [{ name: 'f', node: [{ opType: 'Relu' }] }]),
    'is a function of its own',
  ],
  [
    'a graph of training',
    (graph, model) => (model.trainingInfo = [{ algorithm: graph }]),
    'field 20 of the model',
  ],
  [
    'settings of onnxruntime in its metadata',
    (_, model) => (model.metadataProps = [{ key: 'ort_config', value: '{"session_options":{}}' }]),
    "its metadata have a key 'ort_config'",
  ],
  ['loops within loops within loops', add(nested(8)), 'graphs are within each other'],
  [
    'loops that do more than a machine ever does',
    add(
      nested(3, 'many', [1]),
      node('ConstantOfShape', ['sizes'], 'many', tensorAttribute(filled)),
      sizes(2 ** 20, 1),
    ),
    'operations in a run',
  ],
  [
    'a value of 2 ** 40 elements',
    add(node('Expand', ['views', 'sizes'], 'x1'), sizes(MANY, 1, 1, 2, 2)),
    'memory',
  ],
  [
    'the same from a constant',
    add(node('ConstantOfShape', ['sizes'], 'x1', tensorAttribute(filled)), sizes(MANY)),
    'memory',
  ],
  [
    'the same from zeros around it',
    add(node('Pad', ['views', 'sizes'], 'x1'), sizes(0, 0, 0, 0, 0, 0, 0, MANY)),
    'memory',
  ],
  [
    'the same from zeros around a window',
    add(node('MaxPool', ['views'], 'x1', window({ pads: [0, 0, MANY, 0] }))),
    'memory',
  ],
  [
    'many large values at once',
    add(
      ...Array.from({ length: 1000 }, (_, i) =>
        node('ConstantOfShape', ['sizes'], `x${i}`, tensorAttribute(filled)),
      ),
      sizes(2 ** 28),
    ),
    'memory',
  ],
  [
    'sizes whose product no number holds',
    add(node('Expand', ['views', 'sizes'], 'x1'), sizes(MANY, MANY, 4, 1, 2, 2)),
    'cannot be',
  ],
  [
    'a negative size',
    add(node('ConstantOfShape', ['sizes'], 'x1', tensorAttribute(filled)), sizes(-1)),
    'cannot be',
  ],
  [
    'a size of 0',
    add(node('ConstantOfShape', ['sizes'], 'x1', tensorAttribute(filled)), sizes(0)),
    'cannot be',
  ],
  [
    'sizes that are computed as it runs',
    add(node('Reshape', ['views', 'x2'], 'x1'), node('Cast', ['first.weight'], 'x2', [int('to', 7)])),
    'known only as it is run',
  ],
  [
    'a window that moves by 0',
    add(node('MaxPool', ['views'], 'x1', window({ strides: [0, 1] }))),
    'lacks strides',
  ],
  [
    'a window of 0 pixels',
    add(node('MaxPool', ['views'], 'x1', window({ kernel_shape: [0, 1] }))),
    'lacks kernel_shape',
  ],
  [
    'convolution in no groups',
    add(node('Conv', ['views', 'views'], 'x1', window({ group: 0 }))),
    'does not fit',
  ],
  [
    'an attribute that the compiler never writes',
    add(node('Exp', ['views'], 'x1', [int('axis', 1)])),
    "an attribute 'axis'",
  ],
  [
    'a value whose type is told wrong',
    (graph) => (graph.valueInfo = [{ ...present(graph.output?.[0], 'an output'), name: 'x' }]),
    'is declared to be',
  ],
  [
    'a constant that is an input, too',
    (graph) => constantsOf(graph).push({ ...filled, name: 'views' }),
    "gives 'views' for the second time",
  ],
  ['two values of one name', add(node('Exp', ['views'], 'x')), "gives 'x' for the second time"],
  ['a value before it is made', (graph) => void nodesOf(graph).reverse(), 'before anything gives it'],
  [
    'a constant with fewer numbers than its shape says',
    (graph) => constantsOf(graph).push({ name: 'x1', dataType: 1, dims: [MANY], rawData: new Uint8Array(4) }),
    'has 4 bytes, not',
  ],
]

describe('a bundle is refused whose graph has', () => {
  test.each(cases)('%s', async (_, change, told) => {
    const { name, message } = await refusalOf(forgeModel(temporaryFolder(), change))
    expect(name).toMatch(/^(BundleError|MemoryError)$/)
    expect(message).toContain(told)
  })
})

const concatenated = (...parts: readonly (Uint8Array | readonly number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => [...part]))
const model = (graph: GraphProto) => ModelProto.encode(ModelProto.create({ graph })).finish()
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]

describe('a bundle is refused whose graph is encoded with', () => {
  test.each<readonly [string, (bytes: Uint8Array) => Uint8Array, string]>([
    [
      'a second graph, which onnxruntime would add to the first',
      (bytes) => concatenated(bytes, model({ node: [node('Exp', ['views'], 'x1')] })),
      'field 7 of the model, at byte ',
    ],
    ['a field that nobody knows', (bytes) => concatenated(bytes, [0xf8, 0x7f, 1]), 'field 2047 of the model'],
    ['a group, as protobuf once had', (bytes) => concatenated(bytes, [0x3b, 0x3c]), 'is of wire type 3'],
    [
      'a number that is longer than it need be',
      (bytes) => concatenated([0x08, 0x88, 0x00], bytes.subarray(2)),
      'longer than it need be',
    ],
    ['a length of 2 GB', (bytes) => concatenated(bytes, [0x1a, ...varint(2 ** 31)]), 'goes on to byte'],
    [
      'a number that never ends',
      (bytes) => concatenated(bytes, [0x08, ...Array.from({ length: 40 }, () => 0xff)]),
      'more than 2 ** 53',
    ],
    ['half of its bytes', (bytes) => bytes.subarray(0, bytes.length / 2), 'and ends at'],
    ['nothing at all', () => new Uint8Array(), 'it is of IR ?'],
    [
      'a beginning that is one of another format of onnxruntime, too',
      (bytes) => concatenated([0x08, 0x08, 0x1a, 0x04], Buffer.from('ORTM'), bytes.subarray(2)),
      "onnxruntime's own format",
    ],
    [
      'a million empty nodes',
      (bytes) =>
        concatenated(
          bytes.subarray(0, 2),
          [0x3a, ...varint(2e6)],
          Array.from({ length: 2e6 }, (_, i) => (i % 2 === 0 ? 0x0a : 0)),
        ),
      'a node has no operator, or gives nothing',
    ],
    [
      'a million numbers in one attribute',
      (bytes) => {
        const numbers = [0x42, ...varint(1e6)].concat(new Array<number>(1e6).fill(1))
        const attribute = [0x2a, ...varint(numbers.length)]
        const inNode = [0x0a, ...varint(attribute.length + numbers.length)]
        const length = varint(inNode.length + attribute.length + numbers.length)
        return concatenated(bytes.subarray(0, 2), [0x3a, ...length], inNode, attribute, numbers)
      },
      'lists more than 64 numbers',
    ],
    [
      'a graph in an attribute of a node in a graph, a thousand times',
      () =>
        Uint8Array.from([
          0x3a,
          ...((inner) => [...varint(inner.length), ...inner])(
            Array.from({ length: 1000 }).reduce<number[]>((inner) => {
              const attribute = [0x32, ...varint(inner.length), ...inner]
              const body = [0x2a, ...varint(attribute.length), ...attribute]
              return [0x0a, ...varint(body.length), ...body]
            }, []),
          ),
        ]),
      'graphs are within each other',
    ],
  ])('%s', async (_, change, told) => {
    const { name, message } = await refusalOf(forge(temporaryFolder(), change))
    expect(name).toBe('BundleError')
    expect(message).toContain(told)
  })
})

import { describe, expect, test } from 'vitest'
import { GraphSession } from '../../runtime/session/graph-session.ts'
import { wrap } from '../../runtime/session/ort-tensor.ts'
import { createSession } from '../../runtime/session/provider.ts'
import { allocate, type HostTensor } from '../../runtime/values/tensor.ts'
import { FIRST_OUTPUT, isLeftUncopied, withoutCopies } from '../../runtime/session/uncopied.ts'
import { int, ints, list, node, tinyGraph } from './tiny-graph.ts'

const tensor = { type: 'float32' as const, shape: [2] }
const value = (...data: number[]): HostTensor => ({ ...tensor, data: Float32Array.from(data) })

/** Gives x + x and x · x. */
const model = () =>
  tinyGraph(
    'model',
    [{ name: 'x', role: 'views', ...tensor }],
    [
      { name: 'double', role: 'views', ...tensor },
      { name: 'square', role: 'views', ...tensor },
    ],
    [node('Add', ['x', 'x'], 'double'), node('Mul', ['x', 'x'], 'square')],
  )

const results = () => ({ double: allocate('float32', [2]), square: allocate('float32', [2]) })
const expected = { double: value(6, -4), square: value(9, 4) }

describe('a session of a graph', () => {
  test('writes what the graph gives where its caller wants it', async () => {
    const session = await GraphSession.create(model(), {})
    const given = results()
    await session.run({ x: value(3, -2) }, given)
    expect(given).toEqual(expected)
    await session.release()
  })

  test('does so run after run', async () => {
    const session = await GraphSession.create(model(), {})
    const given = results()
    for (const x of [1, 2, 3]) {
      await session.run({ x: value(x, -x) }, given)
      expect(given.double).toEqual(value(2 * x, -2 * x))
    }
    await session.release()
  })

  test('names the graph where a run fails, with what onnxruntime says', async () => {
    const session = await GraphSession.create(model(), {})
    const failed = {
      name: 'BundleError',
      message: expect.stringContaining("cannot run graph 'model' (model.onnx): ") as string,
    }
    await expect(session.run({}, results())).rejects.toMatchObject(failed)
    await expect(session.run({}, results())).rejects.toThrow("input 'x' is missing")
    const three: HostTensor = { type: 'float32', shape: [3], data: new Float32Array(3) }
    await expect(session.run({ x: three }, results())).rejects.toThrow(/invalid dimensions/)
    const short = { ...results(), square: allocate('float32', [1]) }
    await expect(session.run({ x: value(3, -2) }, short)).rejects.toThrow(
      /invalid dimensions for output: square/,
    )
    await session.release()
  })

  test('names the graph where it is not one that the compiler writes', async () => {
    const { graph, bytes } = model()
    const half = { graph, bytes: bytes.subarray(0, bytes.length / 2) }
    await expect(GraphSession.create(half, {})).rejects.toMatchObject({
      name: 'BundleError',
      message: expect.stringMatching(
        /^graph 'model' \(model\.onnx\) is not a graph that hebb compiled: field 7 of the model, at byte \d+,/,
      ) as string,
    })
  })

  test('names the graph where onnxruntime refuses it', async () => {
    // The language has it, the CPU provider has not.
    const x = { name: 'x', role: 'views' as const, type: 'float64' as const, shape: [1, 1, 2, 2] }
    const window = [
      ints('kernel_shape', [2, 2]),
      ints('pads', [0, 0, 0, 0]),
      ints('strides', [1, 1]),
      ints('dilations', [1, 1]),
      int('group', 1),
    ]
    const filtered = tinyGraph(
      'filtered',
      [x],
      [{ ...x, name: 'y', shape: [1, 1, 1, 1] }],
      [node('Conv', ['x', 'x'], 'y', window)],
    )
    await expect(GraphSession.create(filtered, {})).rejects.toMatchObject({
      name: 'BundleError',
      message: expect.stringMatching(
        /^onnxruntime cannot load graph 'filtered' \(filtered\.onnx\): .*Conv.*\n {2}Compile/,
      ) as string,
    })
  })

  test('says before it runs that memory does not suffice, and how much it takes', async () => {
    const huge = tinyGraph(
      'huge',
      [{ name: 'x', role: 'views', ...tensor }],
      [{ name: 'sum', role: 'views', type: 'float32', shape: [1] }],
      [
        list('sizes', [2 ** 21, 2 ** 21, 2]),
        node('Expand', ['x', 'sizes'], 'many'),
        list('axes', [0, 1, 2]),
        node('ReduceSum', ['many', 'axes'], 'all', [int('keepdims', 0)]),
        list('one', [1]),
        node('Reshape', ['all', 'one'], 'sum'),
      ],
    )
    await expect(GraphSession.create(huge, {})).rejects.toMatchObject({
      name: 'MemoryError',
      message: expect.stringContaining(
        "graph 'huge' (huge.onnx) needs more memory than there is: 33554432 MiB at once, of ",
      ) as string,
    })
  })
})

describe('a graph that is not what its manifest says is refused:', () => {
  const { graph, bytes } = model()
  const [input, [first, ...others]] = [graph.inputs[0], graph.outputs]
  if (!input || !first) throw new Error('the model has an input and outputs')
  test.each([
    ['an output that is not listed', { outputs: others }, "graph 'model' has an output 'double' that"],
    ['an input that is not listed', { inputs: [] }, "graph 'model' has an input 'x' that"],
    [
      'an output that it lacks',
      { outputs: [...graph.outputs, { ...first, name: 'more' }] },
      "graph 'model' has no output 'more'",
    ],
    [
      'an input that it lacks',
      { inputs: [input, { ...input, name: 'more' }] },
      "graph 'model' has no input 'more'",
    ],
    ['another shape', { inputs: [{ ...input, shape: [3] }] }, "input 'x' is float32[2], not float32[3]"],
    [
      'another number of axes',
      { outputs: [{ ...first, shape: [2, 1] }, ...others] },
      "output 'double' is float32[2], not float32[2, 1]",
    ],
    [
      'another type',
      { outputs: [{ ...first, type: 'float64' as const }, ...others] },
      "output 'double' is float32[2], not float64[2]",
    ],
  ])('%s', async (_, change, problem) => {
    const created = GraphSession.create({ graph: { ...graph, ...change }, bytes }, {})
    await expect(created).rejects.toMatchObject({
      name: 'BundleError',
      message: expect.stringContaining(`manifest.json and model.onnx differ: ${problem}`) as string,
    })
  })
})

describe('results are not copied', () => {
  test('since the first output is one that onnxruntime-node cannot convert', async () => {
    const session = await createSession(withoutCopies(model().bytes), {})
    expect(session.outputNames).toEqual([FIRST_OUTPUT, 'double', 'square'])
    const given = results()
    const fetches = { [FIRST_OUTPUT]: null, double: wrap(given.double), square: wrap(given.square) }
    const error = await session.run({ x: wrap(value(3, -2)) }, fetches).catch((reason: unknown) => reason)
    expect(isLeftUncopied(error)).toBe(true)
    expect(given).toEqual(expected)
    await session.release()
  })

  test('and the rest of the graph is as it was', async () => {
    const session = await createSession(withoutCopies(model().bytes), {})
    const { double, square } = await session.run({ x: wrap(value(3, -2)) }, ['double', 'square'])
    expect([double?.data, square?.data]).toEqual([expected.double.data, expected.square.data])
    await session.release()
  })
})

import { describe, expect, test } from 'vitest'
import { GraphSession } from '../../runtime/graph-session.ts'
import { wrap } from '../../runtime/ort-tensor.ts'
import { createSession } from '../../runtime/provider.ts'
import { allocate, type HostTensor } from '../../runtime/tensor.ts'
import { FIRST_OUTPUT, isLeftUncopied, withoutCopies } from '../../runtime/uncopied.ts'
import { node, tinyGraph } from './tiny-graph.ts'

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
  ).bytes

const results = () => ({ double: allocate('float32', [2]), square: allocate('float32', [2]) })
const expected = { double: value(6, -4), square: value(9, 4) }

describe('a session of a graph', () => {
  test('writes what the graph gives where its caller wants it', async () => {
    const session = await GraphSession.create(model(), {})
    const given = results()
    await session.run({ x: wrap(value(3, -2)) }, given)
    expect(given).toEqual(expected)
    await session.release()
  })

  test('does so run after run', async () => {
    const session = await GraphSession.create(model(), {})
    const given = results()
    for (const x of [1, 2, 3]) {
      await session.run({ x: wrap(value(x, -x)) }, given)
      expect(given.double).toEqual(value(2 * x, -2 * x))
    }
    await session.release()
  })

  test('hands on what onnxruntime says of a run that fails', async () => {
    const session = await GraphSession.create(model(), {})
    await expect(session.run({}, results())).rejects.toThrow("input 'x' is missing")
    const three: HostTensor = { type: 'float32', shape: [3], data: new Float32Array(3) }
    await expect(session.run({ x: wrap(three) }, results())).rejects.toThrow(/invalid dimensions/)
    await session.release()
  })

  test('hands on that a result has no room', async () => {
    const session = await GraphSession.create(model(), {})
    const short = { ...results(), square: allocate('float32', [1]) }
    await expect(session.run({ x: wrap(value(3, -2)) }, short)).rejects.toThrow(
      /invalid dimensions for output: square/,
    )
    await session.release()
  })
})

describe('results are not copied', () => {
  test('since the first output is one that onnxruntime-node cannot convert', async () => {
    const session = await createSession(withoutCopies(model()), {})
    expect(session.outputNames).toEqual([FIRST_OUTPUT, 'double', 'square'])
    const given = results()
    const fetches = { [FIRST_OUTPUT]: null, double: wrap(given.double), square: wrap(given.square) }
    const error = await session.run({ x: wrap(value(3, -2)) }, fetches).catch((reason: unknown) => reason)
    expect(isLeftUncopied(error)).toBe(true)
    expect(given).toEqual(expected)
    await session.release()
  })

  test('and the rest of the graph is as it was', async () => {
    const session = await createSession(withoutCopies(model()), {})
    const { double, square } = await session.run({ x: wrap(value(3, -2)) }, ['double', 'square'])
    expect([double?.data, square?.data]).toEqual([expected.double.data, expected.square.data])
    await session.release()
  })
})

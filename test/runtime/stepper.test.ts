import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Stepper } from '../../runtime/train/stepper.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { HostTensor } from '../../runtime/values/tensor.ts'
import type { GraphInput, GraphOutput } from '../../src/bundle/schema/graph.ts'
import { tinyManifest, tinySection } from './tiny-bundle.ts'
import { int, list, node, tinyGraph } from './tiny-graph.ts'
import type { TinyGraph } from './tiny-graph.ts'

const numbers = (values: readonly number[]): HostTensor => ({
  type: 'float32',
  shape: [values.length],
  data: Float32Array.from(values),
})
const parameter = (name: string, size: number): GraphInput => ({
  name,
  role: 'parameter',
  type: 'float32',
  shape: [size],
})
const updated = (name: string, size: number): GraphOutput => ({
  ...parameter(name, size),
  name: `${name}'`,
  role: 'parameter',
  updates: name,
})
const declared = (name: string, size: number) => ({
  name,
  layer: name,
  type: 'float32' as const,
  shape: [size],
  init: { kind: 'constant' as const, value: 0 },
})

const createStepper = (graphs: readonly TinyGraph[], values: Readonly<Record<string, HostTensor>>) => {
  const section = tinySection(graphs, {
    parameters: Object.entries(values).map(([name, { data }]) => declared(name, data.length)),
  })
  const bundle: Bundle = {
    manifest: { ...tinyManifest(), train: section },
    identity: '',
    digest: '',
    text: new Uint8Array(),
    graph: ({ name }) => graphs.find(({ graph }) => graph.name === name)?.bytes ?? new Uint8Array(),
  }
  return Stepper.create(bundle, section, new Map(Object.entries(values)), { threads: 1 })
}

/** x' = y in one graph and y' = x in another. */
const swapping = (size: number) => [
  tinyGraph('x', [parameter('y', size)], [updated('x', size)], [node('Identity', ['y'], "x'")]),
  tinyGraph('y', [parameter('x', size)], [updated('y', size)], [node('Identity', ['x'], "y'")]),
]

describe('a step', () => {
  test('reads the weights of the step before in every graph, so that two can change places', async () => {
    const stepper = await createStepper(swapping(2), { x: numbers([1, 2]), y: numbers([3, 4]) })
    for (const [x, y] of [
      [
        [3, 4],
        [1, 2],
      ],
      [
        [1, 2],
        [3, 4],
      ],
      [
        [3, 4],
        [1, 2],
      ],
    ]) {
      await stepper.run([{}])
      expect([[...stepper.value('x').data], [...stepper.value('y').data]]).toEqual([x, y])
    }
    await stepper.release()
  })

  test('never writes where it reads: a running reversal and sum stays exact', async () => {
    // Every element of the result reads another place of the old value, which writing in place would spoil.
    const size = 1000
    const graph = tinyGraph(
      'turn',
      [parameter('x', size)],
      [updated('x', size)],
      [
        list(
          'order',
          Array.from({ length: size }, (_, i) => size - 1 - i),
        ),
        node('Gather', ['x', 'order'], 'turned', [int('axis', 0)]),
        node('Add', ['x', 'turned'], "x'"),
      ],
    )
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.nat(100), async (steps, offset) => {
        let expected = Array.from({ length: size }, (_, i) => (i * 37 + offset) % 101)
        const stepper = await createStepper([graph], { x: numbers(expected) })
        for (let step = 0; step < steps; step++) {
          await stepper.run([{}])
          expected = expected.map((value, i) => value + (expected[size - 1 - i] ?? 0))
        }
        expect([...stepper.value('x').data]).toEqual(expected)
        await stepper.release()
      }),
      { numRuns: 20 },
    )
  })

  test('leaves the values that it was given untouched', async () => {
    const given = { x: numbers([1, 2]), y: numbers([3, 4]) }
    const stepper = await createStepper(swapping(2), given)
    for (let step = 0; step < 4; step++) await stepper.run([{}])
    expect([...given.x.data, ...given.y.data]).toEqual([1, 2, 3, 4])
    await stepper.release()
  })

  test('passes activities on and gives losses by name', async () => {
    const activity = { name: 'double', role: 'activity' as const, type: 'float32' as const, shape: [2] }
    const loss = { name: 'above.loss', role: 'loss' as const, type: 'float32' as const, shape: [] }
    const views = { name: 'views', role: 'views' as const, type: 'float32' as const, shape: [2] }
    const stepper = await createStepper(
      [
        tinyGraph('below', [views], [activity], [node('Add', ['views', 'views'], 'double')]),
        tinyGraph(
          'above',
          [activity],
          [loss],
          [list('all', [0]), node('ReduceSum', ['double', 'all'], 'above.loss', [int('keepdims', 0)])],
        ),
      ],
      {},
    )
    const [result] = await stepper.run([{ views: numbers([1, 20]) }])
    expect(result?.losses).toEqual({ 'above.loss': 42 })
    await expect(stepper.run([{}])).rejects.toThrow('views')
    await expect(stepper.run([{ views: numbers([1, 2]), wiews: numbers([1]) }])).rejects.toThrow("'wiews'")
    await expect(stepper.run([{ views: numbers([1]) }, { views: numbers([2]) }])).rejects.toThrow('2 batches')
    await stepper.release()
  })

  test('counts the time inside onnxruntime', async () => {
    const stepper = await createStepper(swapping(2), { x: numbers([1, 2]), y: numbers([3, 4]) })
    expect(stepper.runMilliseconds).toBe(0)
    await stepper.run([{}])
    expect(stepper.runMilliseconds).toBeGreaterThan(0)
    await stepper.release()
  })

  test('needs a value for every parameter', async () => {
    await expect(createStepper(swapping(2), { x: numbers([1, 2]) })).rejects.toThrow('y')
  })
})

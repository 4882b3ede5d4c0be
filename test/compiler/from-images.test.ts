import { describe, expect, test } from 'vitest'
import {
  adamw,
  compile,
  colourJitter,
  conv,
  global,
  horizontalFlip,
  layer,
  local,
  maxPool,
  module,
  program,
  randomResizedCrop,
  relu,
  transform,
  UserError,
  type CompileOptions,
  type Program,
  type Transform,
} from '../../src/index.ts'
import { clappDirectFeedback, clappPlusPlus, forwardForward, infoNCE } from '../../rules/index.ts'
import { BatchSource } from '../../runtime/batches/batch-source.ts'
import { inMemory } from '../../runtime/data/stored/in-memory.ts'
import { dataset as makeDataset } from '../../runtime/data/make-dataset.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { Stepper } from '../../runtime/train/stepper.ts'
import type { Dataset } from '../../runtime/data/dataset.ts'
import { transforms } from '../../scripts/placement/transforms.ts'
import { relativeError } from '../support/samples.ts'

/** For CUDA the training graph of all layers starts from bytes and makes its own views. */

const augmentations: readonly (readonly [string, readonly Transform[]])[] = [
  ['no transform', []],
  ...Object.entries(transforms),
]

interface Small {
  readonly augment?: readonly Transform[]
  readonly learn?: Program['learn']
  readonly dtype?: 'float32' | 'float64'
  readonly type?: 'uint8' | 'float32'
  readonly views?: readonly string[]
}

const small = ({
  augment = [randomResizedCrop({ scale: [0.4, 1] }), colourJitter({ brightness: 0.4, hue: 0.1 })],
  learn = local(clappPlusPlus([2, 1])),
  dtype = 'float64',
  type = 'uint8',
  views = ['a', 'b'],
}: Small = {}): Program =>
  program({
    input: { channels: 3, size: 12, classes: 3, type, mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.2] },
    views,
    batch: 4,
    augment,
    encoder: [layer('conv1', conv(4), relu(), maxPool(2)), layer('conv2', conv(5), relu(), maxPool(2))],
    learn,
    optimizer: adamw({ lr: 1e-3 }),
    dtype,
  })

const SIZE = 3 * 12 * 12
const pictures = inMemory({
  name: 'drawn',
  rows: Uint8Array.from({ length: 20 * SIZE }, (_, i) => (i * 7919 + (i % 37) * 104_729) % 256),
  shape: [3, 12, 12],
  labels: Uint8Array.from({ length: 20 }, (_, i) => i % 3),
})

/** Losses and last values of six steps. */
async function trained(given: Program, options: CompileOptions, dataset: Dataset = pictures) {
  const bundle = compile(given, options)
  const { train } = bundle.manifest
  const source = await BatchSource.create({ bundle, dataset, seed: 3, totalSteps: 6, threads: 1 })
  const stepper = await Stepper.create(bundle, train, initialValues(train, 3), { threads: 1 })
  const batches = await Promise.all(Array.from({ length: 6 }, (_, step) => source.prepare(step)))
  const results = []
  for (let step = 0; step < 6; step += train.stepsPerRun)
    results.push(...(await stepper.run(batches.slice(step, step + train.stepsPerRun))))
  const values = new Map([...stepper.values()].map(([name, { data }]) => [name, Array.from(data, Number)]))
  await stepper.release()
  await source.release()
  return { manifest: bundle.manifest, results, values }
}

const rolesOf = ({ train }: ReturnType<typeof compile>['manifest']) => ({
  given: new Set(train.graphs.flatMap(({ inputs }) => inputs.map(({ role }) => role))),
  made: new Set(train.graphs.flatMap(({ outputs }) => outputs.map(({ role }) => role))),
})

describe('a bundle for cuda', () => {
  const { manifest } = compile(small(), { target: 'cuda' })

  test('has one training graph, which is given bytes and what augmentation draws, and hands no activity on', () => {
    const { given, made } = rolesOf(manifest)
    expect(manifest.train.graphs).toHaveLength(1)
    expect(given).toContain('images')
    expect(given).not.toContain('views')
    expect(made).toEqual(new Set(['scalars', 'parameter', 'state']))
    const names = manifest.train.draws.map(({ name }) => name)
    for (const { name } of manifest.augment.draws) expect(names).toContain(name)
  })

  test('is given images in an eighth of the bytes that views of two would take', () => {
    const images = manifest.train.graphs[0]?.inputs.find(({ role }) => role === 'images')
    expect(images).toMatchObject({ type: 'uint8', shape: [4, 3, 12, 12] })
  })

  test('has the identity and the locality of one for the CPU: the same program', () => {
    const cpu = compile(small()).manifest
    expect(manifest.identity).toBe(cpu.identity)
    expect(manifest.locality).toEqual(cpu.locality)
    expect(manifest.augment).toEqual(cpu.augment)
  })

  test('lists the losses of all layers, and what rules log, as one output', () => {
    const [scalars] = manifest.train.graphs[0]?.outputs.filter(({ role }) => role === 'scalars') ?? []
    expect(scalars?.shape).toEqual([scalars?.holds?.length])
    expect(scalars?.holds?.map(({ layer, role, log }) => [layer, role, log ?? ''].join(' '))).toEqual([
      'conv1 loss ',
      'conv2 loss ',
      'conv1 log positive',
      'conv1 log negative',
      'conv2 log positive',
      'conv2 log negative',
    ])
  })

  test('keeps layers apart, and views outside, where that is asked for', () => {
    const apart = compile(small(), { target: 'cuda', fused: false }).manifest
    expect(apart.train.graphs.map(({ name }) => name)).toEqual(['conv1', 'conv2'])
    expect(rolesOf(apart).given).toContain('views')
    expect(rolesOf(apart).made).toEqual(new Set(['activity', 'loss', 'log', 'parameter', 'state']))
  })

  test('is refused where a layer draws what augmentation draws', () => {
    const strew = transform({
      name: 'noise',
      apply: (images, draw) => images.add(draw('x').reshape(-1, 1, 1, 1)),
    })
    const clash = program({
      ...{ input: { channels: 3, size: 12 }, batch: 4, views: ['a', 'b'], augment: [strew] },
      encoder: [
        layer(
          'augment',
          conv(4),
          module('noise', (x, { uniform, training }) =>
            training ? x.add(uniform('noise.x', x.size(0), 1, 1, 1)) : x,
          ),
        ),
      ],
      learn: local(infoNCE()),
      optimizer: adamw({ lr: 1e-3 }),
    })
    expect(() => compile(clash, { target: 'cuda' })).toThrow(UserError)
  })
})

describe.each([
  ['a local rule', local(clappPlusPlus([2, 1]))],
  ['one that reads from above', local(clappDirectFeedback([2, 1]))],
  ['backpropagation', global(infoNCE())],
] as const)('%s', (_, learn) => {
  test('comes to the same losses and values as with views made before, to rounding', async () => {
    const apart = await trained(small({ learn }), { target: 'portable' })
    const one = await trained(small({ learn }), { target: 'cuda', stepsPerRun: 1 })
    const losses = ({ results }: typeof one) =>
      results.flatMap((each) =>
        Object.entries(each.losses)
          .sort()
          .map(([, loss]) => loss),
      )
    // Views are of float32 in either.
    expect(relativeError(losses(one), losses(apart))).toBeLessThan(1e-6)
    expect(Object.keys(one.results[0]?.losses ?? {}).sort()).toEqual(
      Object.keys(apart.results[0]?.losses ?? {}).sort(),
    )
    expect(one.values.size).toBe(apart.values.size)
    for (const [name, values] of one.values)
      expect(relativeError(values, apart.values.get(name) ?? []), name).toBeLessThan(1e-6)
  })

  test.each(['float32', 'float64'] as const)(
    'gives the same bits for any number of steps in %s',
    async (dtype) => {
      const given = small({ learn, dtype })
      const [one, ...others] = [
        await trained(given, { target: 'cuda', stepsPerRun: 1 }),
        await trained(given, { target: 'cuda', stepsPerRun: 4 }),
        await trained(given, { target: 'cuda', stepsPerRun: 8 }),
      ]
      for (const { results, values } of others)
        expect({ results, values }).toEqual({ results: one.results, values: one.values })
    },
  )
})

test.each(augmentations)('%s: the views of the graph are those of the section', async (_, augment) => {
  const given = small({ augment, learn: local(forwardForward()), views: ['positive', 'negative'] })
  const apart = await trained(given, { target: 'portable' })
  const one = await trained(given, { target: 'cuda', stepsPerRun: 3 })
  for (const [name, values] of one.values)
    expect(relativeError(values, apart.values.get(name) ?? []), name).toBeLessThan(1e-6)
})

test('signals pass as the numbers that they are', async () => {
  const rows = Float32Array.from({ length: 20 * SIZE }, (_, i) => Math.sin(i * 0.37))
  const signals = makeDataset({
    name: 'signals',
    count: 20,
    shape: [3, 12, 12],
    type: 'float32',
    read: (indices, into) => {
      indices.forEach((row, i) => {
        into.set(rows.subarray(row * SIZE, (row + 1) * SIZE), i * SIZE)
      })
    },
  })
  const given = small({ type: 'float32', augment: [horizontalFlip()] })
  const one = await trained(given, { target: 'cuda', stepsPerRun: 2 }, signals)
  expect(one.manifest.train.graphs[0]?.inputs.find(({ role }) => role === 'images')?.type).toBe('float32')
  const apart = await trained(given, { target: 'portable' }, signals)
  for (const [name, values] of one.values)
    expect(relativeError(values, apart.values.get(name) ?? []), name).toBeLessThan(1e-9)
})

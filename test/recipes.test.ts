import { describe, expect, test } from 'vitest'
import { compile, type Program } from '../src/index.ts'
import { graphsOf } from '../src/bundle/sections.ts'
import * as cifar10 from '../rules/recipes/cifar10.ts'
import * as eighth from '../rules/recipes/cifar10-eighth.ts'
import * as quarter from '../rules/recipes/cifar10-quarter.ts'
import * as imageNet from '../rules/recipes/imagenet.ts'
import * as stl10 from '../rules/recipes/stl10.ts'
import * as tinyImageNet from '../rules/recipes/tiny-imagenet.ts'
import { stream } from '../runtime/values/random.ts'
import { elements } from '../runtime/values/tensor.ts'
import { initialValues } from '../runtime/values/start.ts'
import { Trainer } from '../runtime/train/trainer.ts'
import { inMemory } from '../runtime/data/stored/in-memory.ts'
import { variantNames, type Variant } from '../rules/recipes/variants.ts'
import type { Dataset } from '../runtime/data/dataset.ts'
import type { Manifest } from '../src/bundle/manifest.ts'

/** The paper's programs at their real size: six variants on each data set. */

/** Millions of parameters, rounded. */
const millions = ({ train }: Manifest, which: (name: string) => boolean): number =>
  Math.round(
    train.parameters.reduce((sum, { name, shape }) => sum + (which(name) ? elements(shape) : 0), 0) / 1e5,
  ) / 10
const ofEncoder = (name: string) => /^conv\d\.(weight|bias)$/.test(name)
const ofProjections = (name: string) => !ofEncoder(name)

const dimension = ({ probes }: Manifest, readout: string) =>
  probes.find(({ name }) => name === readout)?.dimension

const maps = (side: number): string[] =>
  [
    [128, 1],
    [256, 2],
    [256, 2],
    [512, 4],
    [1024, 8],
    [1024, 16],
  ].map(([channels = 0, smaller = 1]) => `${channels}×${side / smaller}×${side / smaller}`)

interface Expected {
  readonly programs: Readonly<Record<Variant, Program>> & { readonly default: Program }
  readonly layers: readonly string[]
  readonly classes: number
  readonly rate: unknown
  /** Numbers of all layers that the spatial probe reads. */
  readonly spatial: number
  /** Millions of parameters of the encoder, and of each variant's projections. */
  readonly encoder: number
  readonly projections: Readonly<Record<Variant, number>>
}

const vgg6 = { spatial: 32_768, encoder: 16.2 }
/** Global averages: 3,200 squared by layer; one matrix of 1,024² at the top. */
const ofVgg6 = { withoutSpatial: 2.5, plusPlus: 201.3, directFeedback: 134.2, both: 335.5 }
const atTop = { backpropagation: 1, infoNce: 1 }
const fast = { kind: 'constant', lr: 2e-4 }

const expected: Readonly<Record<string, Expected>> = {
  'CIFAR-10': {
    ...vgg6,
    programs: cifar10,
    layers: maps(32),
    classes: 10,
    rate: fast,
    projections: { ...ofVgg6, ...atTop },
  },
  'STL-10': {
    ...vgg6,
    programs: stl10,
    layers: maps(96),
    classes: 10,
    rate: fast,
    projections: { ...ofVgg6, ...atTop },
  },
  'Tiny ImageNet': {
    ...vgg6,
    programs: tinyImageNet,
    layers: maps(64),
    classes: 200,
    rate: { kind: 'constant', lr: 1e-5 },
    projections: { ...ofVgg6, ...atTop },
  },
  ImageNet: {
    programs: imageNet,
    layers: [
      '128×224×224',
      '256×112×112',
      '512×56×56',
      '512×56×56',
      '1024×28×28',
      '1024×14×14',
      '1024×14×14',
      '1024×7×7',
    ],
    classes: 1000,
    rate: { kind: 'cosine', lr: 0.6, warmup: 0.1, final: 0 },
    spatial: 41_984,
    encoder: 36.9,
    projections: { withoutSpatial: 4.8, plusPlus: 269.5, directFeedback: 43, both: 312.5, ...atTop },
  },
}

describe.each(Object.entries(expected))('%s', (name, { programs, layers, ...wanted }) => {
  test.each(variantNames)('%s compiles at its real size', (variant) => {
    const { manifest, files } = compile(programs[variant])
    expect(manifest.program.name).toMatch(new RegExp(` on ${name}$`))
    expect(manifest.program.layers.map(({ shape }) => shape.join('×'))).toEqual(layers)
    expect(manifest.program.input.classes).toBe(wanted.classes)
    expect(manifest.train.rate).toEqual(wanted.rate)
    expect(manifest.train.batch).toBe(32)
    expect(dimension(manifest, 'spatial')).toBe(wanted.spatial)
    expect(millions(manifest, ofEncoder)).toBe(wanted.encoder)
    expect(millions(manifest, ofProjections)).toBe(wanted.projections[variant])
    const isGlobal = variant === 'backpropagation' || variant === 'infoNce'
    expect(manifest.program.credit).toBe(isGlobal ? 'global' : 'local')
    expect(files.size).toBeGreaterThan(isGlobal ? 3 : layers.length + 2)
    const graphs = graphsOf(manifest).map(({ file }) => file)
    expect(graphs.sort()).toEqual([...files.keys()].sort())
  })

  test('is CLAPP++ by default', () => {
    expect(programs.default).toBe(programs.plusPlus)
  })
})

/** As CIFAR-10's images are, of noise. */
const noise = (count: number): Dataset => {
  const random = stream(1, 'noise')
  const images = Uint8Array.from({ length: count * 3 * 32 * 32 }, () => random.integer(256))
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10)
  return inMemory({ name: 'noise', rows: images, shape: [3, 32, 32], labels, classes: 10 })
}

const channelsOf = ({ program }: Manifest) => program.layers.map(({ shape: [channels] }) => channels)

test('CIFAR-10 at quarter width has a quarter of the channels', () => {
  const { manifest } = compile(quarter.plusPlus)
  expect(channelsOf(manifest)).toEqual([32, 64, 64, 128, 256, 256])
  expect(dimension(manifest, 'spatial')).toBe(8192)
})

describe('CIFAR-10 at eighth width', () => {
  test.each(variantNames)('%s takes two steps that move every parameter', async (variant) => {
    const bundle = compile(eighth[variant])
    const { manifest } = bundle
    expect(manifest.program.name).toMatch(/ on CIFAR-10 at eighth width$/)
    expect(manifest.program.options).toEqual({ width: 1 / 8 })
    expect(channelsOf(manifest)).toEqual([16, 32, 32, 64, 128, 128])
    expect(dimension(manifest, 'spatial')).toBe(4096)

    const start = initialValues(manifest.train, 1)
    const trainer = await Trainer.create({ bundle, dataset: noise(64), seed: 1, totalSteps: 2 })
    for (const step of [0, 1]) {
      const losses = Object.values(await trainer.step(step))
      expect(losses.length).toBe(manifest.program.credit === 'global' ? 1 : 6)
      expect(losses.every((loss) => Number.isFinite(loss) && loss > 0)).toBe(true)
    }
    for (const { name } of manifest.train.parameters) {
      const [before, after] = [start.get(name)?.data ?? [], trainer.stepper.value(name).data]
      expect(
        after.some((value, i) => value !== before[i]),
        name,
      ).toBe(true)
    }
    await trainer.release()
  })
})

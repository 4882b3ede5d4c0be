import { describe, expect, test } from 'vitest'
import { compile, compileCrops, conv, layer, local, program, relu, sgd } from 'hebb'
import { infoNCE } from 'hebb/rules'
import { inMemory } from '../../runtime/data/stored/in-memory.ts'
import { teachOnCrops, type CroppedOptions } from '../../runtime/probe/cropped.ts'
import { findProbe, probeEncoder, probePixels } from '../../runtime/probe/probe.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { encode, pixelFeatures } from '../../runtime/probe/features.ts'
import type { Values } from '../../runtime/values/value-store.ts'

const SIZE = 6
const bundleOf = (type: 'uint8' | 'float32') =>
  compile(
    program({
      name: 'shades',
      input: { channels: 1, size: SIZE, classes: 2, type, mean: [0.5], std: [0.25] },
      batch: 8,
      readout: [3, 3],
      encoder: [layer('one', conv(2), relu()), layer('two', conv(3), relu())],
      learn: local(infoNCE({ dimension: 4 })),
      optimizer: sgd({ lr: 0.1 }),
    }),
  )
const bundle = bundleOf('uint8')
const crops = compileCrops(bundle, { scale: [0.3, 1] })
const weights = initialValues(bundle.manifest.train, 0)

/** Of one shade each, black in class 0 and bright in class 1: no crop and no mirror changes a pixel of them. */
const shades = (count: number) =>
  inMemory({
    name: 'shades',
    rows: Uint8Array.from({ length: count * SIZE * SIZE }, (_, i) => shade(Math.floor(i / SIZE / SIZE))),
    shape: [1, SIZE, SIZE],
    labels: Uint32Array.from({ length: count }, (_, image) => image % 2),
    classes: 2,
  })
const shade = (image: number) => (image % 2 === 0 ? 0 : 180 + image)

const bits = (values: Values | undefined) =>
  [...(values ?? [])].map(([name, { data }]) => [name, [...data].map(Number)] as const)

async function taught(given: Partial<CroppedOptions> & { readonly names?: readonly string[] } = {}) {
  const { names = ['average'], ...options } = given
  const train = options.train ?? shades(30)
  const probes = names.map((name) => findProbe(bundle, name))
  const groups = new Map(probes.map(({ name, features }) => [name, features]))
  const known = await encode(bundle, weights, train, { threads: 1, groups })
  const settings = { bundle, crops, train, epochs: 20, seed: 1, threads: 1, ...options }
  return teachOnCrops(weights, probes, known, settings)
}

describe('a linear classifier that is taught on crops', () => {
  const settings = { epochs: 40, k: 1, labelsPerClass: 2, repeats: 1, threads: 1, seed: 3 }

  test('finds classes that crops do not change, by features and by pixels', async () => {
    const options = {
      bundle,
      crops,
      train: shades(50),
      test: shades(20),
      ...settings,
      epochs: 100,
      probes: ['spatial'],
    }
    const results = [...(await probeEncoder(weights, options)), await probePixels(options)]
    expect(results.map(({ probe, linear }) => [probe, linear])).toEqual([
      ['spatial', 1],
      ['pixels', 1],
    ])
  })

  test('leaves neighbours and classifiers with few labels as they are without crops', async () => {
    const options = { bundle, train: shades(50), test: shades(20), ...settings }
    const [plain] = await probeEncoder(weights, options)
    const [cropped] = await probeEncoder(weights, { ...options, crops })
    expect([cropped?.knn, cropped?.fewLabels]).toEqual([plain?.knn, plain?.fewLabels])
  })

  test('is the same for the same seed, and another for another', async () => {
    const [first, again, other] = [await taught(), await taught(), await taught({ seed: 2 })]
    expect(bits(again.get('average')?.values)).toEqual(bits(first.get('average')?.values))
    expect(bits(other.get('average')?.values)).not.toEqual(bits(first.get('average')?.values))
  })

  test('is the same beside others as alone', async () => {
    const names = ['average', 'two.spatial']
    const together = await taught({ names })
    expect([...together.keys()]).toEqual(names)
    for (const name of names) {
      const alone = await taught({ names: [name] })
      expect(bits(alone.get(name)?.values)).toEqual(bits(together.get(name)?.values))
    }
  })

  test('is taught on few images, too: they are repeated to fill a batch', async () => {
    const found = await taught({ train: shades(3), epochs: 100 })
    expect(
      bits(found.get('average')?.values)
        .flatMap(([, data]) => data)
        .every(Number.isFinite),
    ).toBe(true)
  })

  test('is not there where no crops are given', async () => {
    expect(await taught({ crops: undefined })).toEqual(new Map())
  })

  test('sees numbers as they are, beyond what bytes hold', async () => {
    const numbers = bundleOf('float32')
    const rows = Float32Array.from({ length: 20 * SIZE * SIZE }, (_, i) =>
      Math.floor(i / SIZE / SIZE) % 2 === 0 ? -1e-3 : 2e-3,
    )
    const labels = Uint32Array.from({ length: 20 }, (_, image) => image % 2)
    const train = inMemory({ name: 'numbers', rows, shape: [1, SIZE, SIZE], labels, classes: 2 })
    const options = { bundle: numbers, crops: compileCrops(numbers), train, test: train, ...settings }
    expect((await probePixels(options)).linear).toBe(1)
    expect((await pixelFeatures(train)).values).toEqual(rows)
  })
})

test('areas of crops that are none are refused', () => {
  expect(() => compileCrops(bundle, { scale: [0, 1] })).toThrow(/compileCrops.*scale/)
  expect(() => compileCrops(bundle, { scale: [0.5, 2] })).toThrow(/compileCrops.*scale/)
})

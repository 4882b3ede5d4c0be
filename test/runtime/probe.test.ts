import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { encode, pixelFeatures } from '../../runtime/probe/features.ts'
import { subset } from '../../runtime/data/dataset.ts'
import { cacheFolder } from '../../runtime/data/cache/folder.ts'
import { probeEncoder, probePixels, type ProbeOptions } from '../../runtime/probe/probe.ts'
import '../support/own-cache.ts'
import { divide, rootMeanSquare } from '../../runtime/probe/scale.ts'
import type { Features } from '../../runtime/probe/features.ts'
import { inMemory } from '../../runtime/data/stored/in-memory.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { tinyDataset, tinyImages, tinyManifest, writeTinyBundle } from './tiny-bundle.ts'

const rows = (...points: readonly (readonly number[])[]): Features => ({
  count: points.length,
  dimension: points[0]?.length ?? 0,
  values: Float32Array.from(points.flat()),
})
const bundle = () => loadBundle(writeTinyBundle(temporaryFolder()))
const weights = () => initialValues(tinyManifest().train, 4)

describe('features', () => {
  test('of raw pixels are bytes in 0..1', async () => {
    const { count, dimension, values } = await pixelFeatures(tinyDataset(3))
    expect([count, dimension]).toEqual([3, 4])
    expect(values).toEqual(Float32Array.from(tinyImages(3), (byte) => byte / 255))
  })

  test('of raw numbers are these numbers', async () => {
    const numbers = Float32Array.of(-1.5, 0, 3e8, 0.1)
    const { values } = await pixelFeatures(inMemory({ name: 'any', rows: numbers, shape: [2, 1, 1] }))
    expect(values).toEqual(numbers)
  })

  test.each([1, 4, 7, 8])(
    'of %i images are those of each alone: a last batch is filled up',
    async (count) => {
      const images = tinyImages(count)
      const features = await encode(bundle(), weights(), tinyDataset(count), { threads: 1 })
      expect(features.get('first.pixels')).toEqual({
        count,
        dimension: 4,
        values: Float32Array.from(images),
      })
      const weight = weights().get('first.weight')?.data
      const average = features.get('first.average')
      expect(average).toMatchObject({ count, dimension: 1 })
      for (let row = 0; row < count; row++) {
        const expected = [0, 1, 2, 3].reduce(
          (sum, i) => sum + (images[4 * row + i] ?? 0) * Number(weight?.[i]),
          0,
        )
        expect(average?.values[row]).toBeCloseTo(expected, 3)
      }
    },
  )

  test('stand side by side in the order of the group', async () => {
    const dataset = tinyDataset(7)
    const [pixels, average] = ['first.pixels', 'first.average']
    const groups = new Map([
      ['both', [pixels, average]],
      ['one', [average]],
    ])
    const alone = await encode(bundle(), weights(), dataset, { threads: 1 })
    const grouped = await encode(bundle(), weights(), dataset, { threads: 1, groups })
    expect(grouped.get('one')).toEqual(alone.get(average))
    const [four, one] = [alone.get(pixels)?.values, alone.get(average)?.values]
    const sideBySide = Array.from({ length: 7 }, (_, row) => [
      ...(four?.subarray(4 * row, 4 * row + 4) ?? []),
      one?.[row] ?? NaN,
    ])
    expect(grouped.get('both')).toEqual(rows(...sideBySide))
    expect([...grouped.keys()]).toEqual(['both', 'one'])
  })
})

describe('scaled features', () => {
  test('have a root mean square of 1 on what they were measured on, whatever the scale before', () => {
    const values = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 6, maxLength: 6 })
    fc.assert(
      fc.property(
        values,
        fc.constantFrom(1e-6, 1, 1e6),
        ([a = 1, b = 1, c = 1, d = 1, e = 1, f = 1], size) => {
          const features = rows([a * size, b * size], [c * size, d * size], [e * size, f * size])
          divide(features, rootMeanSquare(features))
          expect(rootMeanSquare(features)).toBeCloseTo(1, 4)
        },
      ),
    )
  })

  test('keep their proportions, and stay as they are where all are 0', () => {
    const [some, none] = [rows([2, 4], [6, 8]), rows([0, 0])]
    divide(some, 2)
    divide(none, rootMeanSquare(none))
    expect([...some.values]).toEqual([1, 2, 3, 4])
    expect([...none.values]).toEqual([0, 0])
  })
})

describe('the probes of a bundle', () => {
  const options = { seed: 1, epochs: 20, k: 3, labelsPerClass: 3, repeats: 3, threads: 1 }

  test('find classes that a line separates, with all labels and with few', async () => {
    const data = { train: tinyDataset(40), test: tinyDataset(14) }
    const [average] = await probeEncoder(weights(), { bundle: bundle(), ...data, ...options })
    const pixels = await probePixels({ bundle: bundle(), ...data, ...options })
    const confusion = [
      [7, 0],
      [0, 7],
    ]
    const fewLabels = { mean: 1, values: [1, 1, 1] }
    const right = { knn: 1, linear: 1, course: expect.anything() as unknown, confusion, fewLabels }
    expect(average).toEqual({ probe: 'average', dimension: 5, ...right })
    expect(pixels).toEqual({ probe: 'pixels', dimension: 4, ...right })
  })

  test('tell how their classifiers were taught: of one that has more to learn, the loss still falls', async () => {
    const images = { train: tinyDataset(40), test: tinyDataset(14) }
    const course = async (epochs: number) =>
      (await probePixels({ bundle: bundle(), ...images, ...options, epochs })).course
    // An epoch of them has ten steps.
    const [short, long] = [await course(1), await course(5)]
    expect([short.steps, long.steps]).toEqual([10, 50])
    expect(short.fall).toBeGreaterThan(0.1)
    expect(long.fall).toBeLessThan(0.02)
  })

  test('remember what they are asked to, of the same features alone', async () => {
    const ask = (change: Partial<ProbeOptions> = {}) =>
      probePixels({
        ...{ bundle: bundle(), train: tinyDataset(40), test: tinyDataset(14), ...options },
        ...{ remember: true, ...change },
      })
    const folder = join(cacheFolder(), 'probes')
    const known = () => readdirSync(folder).length
    const found = await ask({ remember: false })
    expect(existsSync(folder)).toBe(false)
    expect([await ask(), await ask()]).toEqual([found, found])
    expect(known()).toBe(1)
    for (const change of [{ seed: 2 }, { k: 1 }, { epochs: 21 }, { train: tinyDataset(38) }, { threads: 2 }])
      await ask(change)
    expect(known()).toBe(6)
    // The same rows in the same order, one of which is learned from in place of being judged.
    const rows = tinyDataset(20)
    const parts = (from: number, to: number) =>
      subset(
        rows,
        Uint32Array.from({ length: to - from }, (_, i) => from + i),
      )
    for (const train of [12, 13]) await ask({ train: parts(0, train), test: parts(train, 20) })
    expect(known()).toBe(8)
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), '{"probe": "pixels"}')
    expect(await ask()).toEqual(found)
  })

  test('are taught each of the folds that a data set has, where that is asked for', async () => {
    const folds = [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ].map((rows) => Uint32Array.from(rows))
    const [train, test] = [tinyDataset(40), tinyDataset(14)]
    const probed = await probePixels({
      ...{ bundle: bundle(), train: { ...train, folds }, test, ...options },
      folds: true,
    })
    expect(probed.folds).toEqual({ mean: 1, values: [1, 1] })
    const unasked = await probePixels({ bundle: bundle(), train: { ...train, folds }, test, ...options })
    expect(unasked).not.toHaveProperty('folds')
    await expect(probePixels({ bundle: bundle(), train, test, ...options, folds: true })).rejects.toThrow(
      'has no folds',
    )
  })

  test('give the same figures for the same seed', async () => {
    // Shuffled labels: figures that depend on every detail.
    const train = {
      ...tinyDataset(30),
      labels: Uint32Array.from({ length: 30 }, (_, i) => ((i * 7) % 11) % 2),
    }
    const probe = (seed: number) =>
      probePixels({ bundle: bundle(), train, test: tinyDataset(14), ...options, epochs: 1, seed })
    expect(await probe(1)).toEqual(await probe(1))
  })

  test('count what the images of each class are taken for, whose diagonal is the accuracy', async () => {
    const wrong = {
      ...tinyDataset(14),
      labels: Uint32Array.from({ length: 14 }, (_, i) => (i < 4 ? 0 : i % 2)),
    }
    const { linear, confusion } = await probePixels({
      ...{ bundle: bundle(), train: tinyDataset(40), test: wrong },
      ...options,
    })
    // Of the first four images, two have the label of the other class.
    expect(confusion).toEqual([
      [7, 2],
      [0, 5],
    ])
    expect(linear).toBe(12 / 14)
  })

  test('train with fewer images than a batch', async () => {
    const few = await probePixels({
      bundle: bundle(),
      train: tinyDataset(3),
      test: tinyDataset(5),
      ...options,
      labelsPerClass: 1,
      repeats: 1,
    })
    expect(few.linear).toBe(1)
    expect(few.fewLabels.mean).toBe(1)
  })
})

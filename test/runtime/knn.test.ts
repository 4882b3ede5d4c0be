import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile, conv, layer, local, program, relu, sgd } from '../../src/index.ts'
import { clapp } from '../../rules/index.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { nearestNeighbours } from '../../runtime/probe/knn.ts'
import { findProbe } from '../../runtime/probe/probe.ts'
import { openProducts, plainProducts, type Products } from '../../runtime/probe/products.ts'
import { stream } from '../../runtime/values/random.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { writeTinyBundle } from './tiny-bundle.ts'
import type { Features } from '../../runtime/probe/features.ts'

const rows = (...points: readonly (readonly number[])[]): Features => ({
  count: points.length,
  dimension: points[0]?.length ?? 0,
  values: Float32Array.from(points.flat()),
})
const labels = (...classes: readonly number[]) => Uint32Array.from(classes)

type Random = ReturnType<typeof stream>
type Images = readonly [features: Features, labels: Uint32Array]
const accuracy = ([known, taught]: Images, [asked, wanted]: Images, k: number, products?: Products) =>
  nearestNeighbours({ features: known, labels: taught }, { features: asked, labels: wanted }, k, products)

describe('nearest neighbours', () => {
  const known = rows([1, 0], [2, 0.1], [0, 1], [0.1, 3], [0, 5])
  const classes = labels(0, 0, 1, 1, 1)

  test('vote by angle, not by length', async () => {
    const asked = rows([100, 1], [0.001, 0.01])
    expect(await accuracy([known, classes], [asked, labels(0, 1)], 1)).toBe(1)
    expect(await accuracy([known, classes], [asked, labels(1, 1)], 1)).toBe(0.5)
  })

  test('vote by majority', async () => {
    // The nearest is of class 0, the next three are of class 1.
    const train = rows([1, 0], [1, 0.2], [1, 0.3], [1, 0.4])
    expect(await accuracy([train, labels(0, 1, 1, 1)], [rows([1, 0]), labels(1)], 3)).toBe(1)
  })

  test('leave a tie to the nearer', async () => {
    const train = rows([1, 0], [1, 0.2], [1, 0.3], [1, 0.1])
    expect(await accuracy([train, labels(0, 1, 1, 0)], [rows([1, 0]), labels(0)], 4)).toBe(1)
    expect(await accuracy([train, labels(1, 0, 0, 1)], [rows([1, 0]), labels(1)], 4)).toBe(1)
  })

  test('may be fewer than asked for', async () => {
    expect(await accuracy([rows([1, 0]), labels(3)], [rows([0, 1]), labels(3)], 20)).toBe(1)
  })

  test('do not mind rows of zeros', async () => {
    expect(await accuracy([known, classes], [rows([0, 0]), labels(0)], 1)).toBe(1)
  })

  test('of an image that is known are itself', async () => {
    const cloud = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(cloud, fc.integer({ min: 1, max: 9 }), async (slopes, more) => {
        const points = rows(...slopes.map((slope) => [1, slope / 10, ...new Array<number>(more).fill(0)]))
        const own = labels(...slopes.map((_, i) => i))
        expect(await accuracy([points, own], [points, own], 1)).toBe(1)
      }),
    )
  })
})

describe('the products of features', () => {
  const tiny = program({
    input: { channels: 1, size: 8, classes: 10 },
    batch: 4,
    encoder: [layer('conv', conv(2), relu())],
    learn: local(clapp()),
    optimizer: sgd({ lr: 0.1 }),
  })
  const open = (threads: number): Promise<Products> => {
    const bundle = compile(tiny)
    return openProducts(bundle, findProbe(bundle, 'pixels'), { threads })
  }
  const dimension = 64
  const noise = (name: string, count: number, draw: (random: Random) => number): Images => {
    const random = stream(1, name)
    const values = Float32Array.from({ length: count * dimension }, () => draw(random))
    const classes = Uint32Array.from({ length: count }, () => random.integer(10))
    return [{ count, dimension, values }, classes]
  }

  test('by the graph, over several tiles, are those one by one', async () => {
    // Whole numbers: sums are exact in any order.
    const whole = (random: Random) => random.integer(9) - 4
    const [train, test] = [noise('train', 2050, whole), noise('test', 1030, whole)]
    const products = await open(1)
    expect(products.tile).toBe(512)
    for (const k of [1, 10])
      expect(await accuracy(train, test, k, products)).toBe(await accuracy(train, test, k))
    await products.release()
  })

  test('are the same bits for any number of threads', async () => {
    const [features] = noise('any', 1100, (random) => random.normal())
    const last = async (threads: number) => {
      const products = await open(threads)
      const { values } = await products.of(features, 0, features, products.tile)
      await products.release()
      return Buffer.from(values.buffer)
    }
    expect((await last(2)).equals(await last(1))).toBe(true)
  })

  test('are computed without a graph for bundles that have none', async () => {
    const bundle = loadBundle(writeTinyBundle(temporaryFolder()))
    expect(await openProducts(bundle, findProbe(bundle, 'pixels'), {})).toBe(plainProducts)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hybridImages, paintLabel, Tensor, type AugmentScope, type Transform } from '../../src/index.ts'
import { stream } from '../../runtime/values/random.ts'
import { elements } from '../../src/base/type.ts'
import { compileNodes, leaf } from '../support/evaluate.ts'
import type { Node } from '../../src/ir/node.ts'

/** The negatives of Forward-Forward, on onnxruntime in float32: what is painted and mixed, given the draws. */

type Draws = Readonly<Record<string, readonly number[]>>
type Scope = Omit<AugmentScope, 'labels'>

/** Draws are below 1; this is the largest of them. */
const ALMOST_ONE = 1 - 2 ** -24
const drawn = fc.integer({ min: 0, max: 2 ** 24 - 1 }).map((n) => n / 2 ** 24)

/** The transform on rows [views × images, channels, height, width]; `labels` only where it asks for them. */
async function prepare(transform: Transform, image: readonly number[], scope: Scope) {
  const shape = [scope.views.length * scope.images, ...image]
  const source = leaf('float32', shape)
  const truth = leaf('int64', [scope.images])
  const asked = new Map<string, Node>()
  const draw = (what: string, ...size: number[]) => {
    const node = asked.get(what) ?? leaf('float32', [shape[0] ?? 0, ...size])
    asked.set(what, node)
    return new Tensor(node)
  }
  const labelled: Node[] = []
  const whole = {
    ...scope,
    get labels() {
      labelled.push(truth)
      return new Tensor(truth)
    },
  }
  const result = transform.apply(new Tensor(source), draw, whole)
  expect(result.shape).toEqual(shape)
  const leaves = [source, ...asked.values(), ...labelled]
  const run = await compileNodes([result.node], leaves)
  return async (images: ArrayLike<number>, draws: Draws, labels: readonly number[] = []) => {
    expect(Object.keys(draws).sort()).toEqual([...asked.keys()].sort())
    const feeds = [...asked].map(([what, node]) => [node, draws[what] ?? []] as const)
    const given = labelled.map((node) => [node, labels] as const)
    const [values = new Float64Array()] = await run(new Map([[source, images], ...feeds, ...given]))
    return values
  }
}

const random = stream(3, 'negatives')
/** Pixels as images have them: bytes, divided by 255 in float32. */
const randomImages = (size: number): Float64Array =>
  Float64Array.from({ length: size }, () => Math.fround(Math.floor(random.uniform() * 256) / 255))
const uniforms = (size: number): number[] => Array.from({ length: size }, () => random.uniform())

describe('paintLabel', () => {
  const [channels, height, width] = [2, 3, 5]
  const image = [channels, height, width]
  const scope = { views: ['positive', 'negative'], images: 3, classes: 4 }
  const labels = [2, 0, 3]
  const images = randomImages(6 * elements(image))
  /** What is seen: the painted class of each row, once all else is as it should be. */
  const classesOf = (values: Float64Array, before: Float64Array): number[] =>
    Array.from({ length: values.length / elements(image) }, (_, row) => {
      const at = (channel: number, pixel: number) => (row * channels + channel) * height * width + pixel
      const painted = Array.from({ length: 4 }, (_, pixel) => values[at(0, pixel)] ?? NaN)
      const expected = new Set([0, 1])
      expect(painted.every((value) => expected.has(value))).toBe(true)
      expect(painted.reduce((sum, value) => sum + value, 0)).toBe(1)
      for (let channel = 0; channel < channels; channel++)
        for (let pixel = 0; pixel < height * width; pixel++)
          expect(values[at(channel, pixel)]).toBe(pixel < 4 ? painted[pixel] : before[at(channel, pixel)])
      return painted.indexOf(1)
    })

  test('writes the true class in one view, a wrong one in the other, into every channel, and nothing else', async () => {
    const apply = await prepare(paintLabel(), image, scope)
    const values = await apply(images, { wrong: [0.5, 0.5, 0.5, 0, 0.4, ALMOST_ONE] }, labels)
    expect(classesOf(values, images)).toEqual([...labels, 3, 2, 2])
  })

  test('draws wrong classes uniformly over the others', async () => {
    const apply = await prepare(paintLabel({ negative: 'fake' }), image, {
      ...scope,
      views: ['fake', 'real'],
      images: 1,
    })
    const pair = images.slice(0, 2 * elements(image))
    for (const label of [0, 1, 2, 3]) {
      const counts = [0, 0, 0, 0]
      for (let i = 0; i < 30; i++) {
        const [fake = NaN, real] = classesOf(await apply(pair, { wrong: [(i + 0.5) / 30, 0] }, [label]), pair)
        expect(real).toBe(label)
        counts[fake] = (counts[fake] ?? 0) + 1
      }
      expect(counts).toEqual([0, 1, 2, 3].map((each) => (each === label ? 0 : 10)))
    }
  })

  test('never shows the true class as a wrong one', async () => {
    const classes = 10
    const size = [1, 1, 10]
    const apply = await prepare(paintLabel(), size, { ...scope, classes })
    const black = new Float64Array(6 * 10)
    const triple = <T>(each: fc.Arbitrary<T>) => fc.tuple(each, each, each)
    await fc.assert(
      fc.asyncProperty(triple(fc.nat(9)), triple(drawn), async (truth, wrong) => {
        const values = await apply(black, { wrong: [0, 0, 0, ...wrong] }, truth)
        const shown = Array.from({ length: 6 }, (_, row) => values.slice(10 * row, 10 * row + 10).indexOf(1))
        expect(shown.slice(0, 3)).toEqual(truth)
        for (const [i, label] of truth.entries())
          expect(shown[i + 3]).toBe(
            (label + 1 + Math.floor(Math.fround(Math.fround(wrong[i] ?? 0) * 9))) % 10,
          )
        expect(shown.slice(3).some((each, i) => each === truth[i])).toBe(false)
      }),
      { numRuns: 100 },
    )
  })

  test('is neutral to probes', async () => {
    const source = leaf('float32', [3, ...image])
    const encoded = paintLabel().encode?.(new Tensor(source), scope)
    if (!encoded) throw new Error('probes see the image as it is')
    const before = images.slice(0, 3 * elements(image))
    const [values = []] = await (await compileNodes([encoded.node], [source]))(new Map([[source, before]]))
    expect([...values]).toEqual([...before].map((value, i) => (i % (height * width) < 4 ? 0.25 : value)))
  })

  test.for([
    [
      'a view that is none',
      { views: ['a', 'negativ'] },
      /negatives for 'negative', which is no view[^]*did you mean 'negativ'/,
    ],
    [
      'more classes than a row has pixels',
      { classes: 6 },
      /a row of 5 pixels has no room for 6 classes[^]*input\.pad/,
    ],
    ['a single class', { classes: 1 }, /paintLabel needs at least 2 classes/],
  ] as const)('cannot do with %s', async ([, change, problem]) => {
    await expect(prepare(paintLabel(), image, { ...scope, ...change })).rejects.toThrow(problem)
  })
})

describe('hybridImages', () => {
  const size = 20
  const image = [2, size, size]
  const scope = { views: ['positive', 'negative'], images: 4, classes: 10 }
  const rows = scope.images * 2
  const pixels = elements(image)
  const images = randomImages(rows * pixels)
  const draws = (other: readonly number[]) => ({
    mask: uniforms(rows * size * size),
    other: [...other.map(() => 0), ...other],
  })
  /** Where a negative shows its own image; elsewhere it must show the other one, in all channels alike. */
  const maskOf = (values: Float64Array, row: number, other: number): boolean[] => {
    const at = (which: number, pixel: number) => (scope.images + which) * pixels + pixel
    const places = Array.from({ length: size * size }, (_, pixel) => pixel)
    const shows = (which: number, pixel: number) =>
      [0, size * size].every(
        (channel) => values[at(row, pixel) + channel] === images[at(which, pixel) + channel],
      )
    expect(places.every((pixel) => shows(row, pixel) || shows(other, pixel))).toBe(true)
    return places.map((pixel) => shows(row, pixel))
  }

  test('leaves positives alone and makes each negative of two different images by one mask', async () => {
    const apply = await prepare(hybridImages(), image, scope)
    const given = draws([0, 0.34, 0.67, ALMOST_ONE])
    const values = await apply(images, given)
    const half = scope.images * pixels
    expect(values.slice(0, half)).toEqual(images.slice(0, half))
    for (const [row, other] of [1, 3, 1, 2].entries()) {
      const mask = maskOf(values, row, other)
      const share = mask.filter(Boolean).length / mask.length
      expect(share).toBeGreaterThan(0.05)
      expect(share).toBeLessThan(0.95)
    }
    expect(await apply(images, given)).toEqual(values)
  })

  test('draws the other image uniformly, never the image itself', async () => {
    const apply = await prepare(hybridImages(), [1, 1, 1], scope)
    const names = [9, 9, 9, 9, 0, 1, 2, 3]
    // A mask that takes the other image everywhere.
    const mask = Array.from({ length: rows }, () => 0.9)
    await fc.assert(
      fc.asyncProperty(fc.tuple(drawn, drawn, drawn, drawn), async (other) => {
        const values = await apply(names, { mask, other: [0, 0, 0, 0, ...other] })
        expect([...values.slice(4)]).toEqual(
          other.map((u, i) => (i + 1 + Math.floor(Math.fround(Math.fround(u) * 3))) % 4),
        )
      }),
      { numRuns: 50 },
    )
  })

  test('has masks of large regions: the blurred bits, thresholded', async () => {
    const blurs = 5
    const apply = await prepare(hybridImages({ blurs }), image, scope)
    const given = draws([0, 0, 0, 0])
    const values = await apply(images, given)
    for (const row of [0, 1, 2, 3]) {
      const mask = maskOf(values, row, (row + 1) % 4)
      const field = slowBlur(
        (y, x) => ((given.mask[(4 + row) * size * size + y * size + x] ?? 0) < 0.5 ? 0.5 : -0.5),
        blurs,
      )
      for (const [pixel, isOwn] of mask.entries()) {
        const value = field(Math.floor(pixel / size), pixel % size)
        if (Math.abs(value) > 1e-6) expect(isOwn).toBe(value > 0)
      }
    }
  })

  test('takes half of each image on average, in pieces of several pixels', async () => {
    const apply = await prepare(hybridImages(), image, scope)
    const masks: boolean[][] = []
    for (let i = 0; i < 25; i++) {
      const values = await apply(images, draws([0, 0, 0, 0]))
      for (const row of [0, 1, 2, 3]) masks.push(maskOf(values, row, (row + 1) % 4))
    }
    const all = masks.flat()
    expect(all.filter(Boolean).length / all.length).toBeCloseTo(0.5, 1)
    const borders = masks.flatMap((mask) =>
      mask.flatMap((own, pixel) => (pixel % size === 0 ? [] : [own !== mask[pixel - 1]])),
    )
    // Random bits would change at every second pixel.
    expect(borders.filter(Boolean).length / borders.length).toBeLessThan(0.2)
  })

  /** [1/4, 1/2, 1/4] along both axes of an unbounded plane that is 0 outside of the map, again and again. */
  function slowBlur(bit: (y: number, x: number) => number, times: number): (y: number, x: number) => number {
    const side = size + 2 * times
    let plane = Array.from({ length: side }, (_, y) =>
      Array.from({ length: side }, (_, x) => {
        const [row, column] = [y - times, x - times]
        return row < 0 || column < 0 || row >= size || column >= size ? 0 : bit(row, column)
      }),
    )
    const at = (y: number, x: number) => plane[y]?.[x] ?? 0
    for (let i = 0; i < times; i++) {
      plane = plane.map((row, y) => row.map((_, x) => (at(y - 1, x) + 2 * at(y, x) + at(y + 1, x)) / 4))
      plane = plane.map((row, y) => row.map((_, x) => (at(y, x - 1) + 2 * at(y, x) + at(y, x + 1)) / 4))
    }
    return (y, x) => at(y + times, x + times)
  }

  test.for([
    [
      'a view that is none',
      { views: ['a', 'b'] },
      /hybridImages makes negatives for 'negative', which is no view/,
    ],
    ['a batch of one image', { images: 1 }, /hybridImages needs at least 2 images in a batch/],
  ] as const)('cannot do with %s', async ([, change, problem]) => {
    await expect(prepare(hybridImages(), image, { ...scope, ...change })).rejects.toThrow(problem)
  })
})

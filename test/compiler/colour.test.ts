import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { colourJitter, simclr, type JitterOptions } from '../../src/index.ts'
import { drawn, expectClose, prepare, randomImages, reader } from '../support/transforms.ts'

/** Colour jitter is torchvision's: `test/reference/colour.py` writes the numbers. */

const numbers = z.array(z.number())
const { shape, images, factors, results } = z
  .object({
    shape: numbers,
    images: numbers,
    factors: z.record(z.string(), numbers),
    results: z.record(z.string(), numbers),
  })
  .parse(JSON.parse(readFileSync(new URL('../reference/colour.json', import.meta.url), 'utf8')))

const [rows = 0, , height = 0, width = 0] = shape
const every = <T>(value: T): T[] => Array.from({ length: rows }, () => value)
/** Strengths that reach every factor of the reference, and the draws that give a factor. */
const full = { brightness: 1, contrast: 1, saturation: 1, hue: 0.5 }
const drawOf = (name: string, factor: number) => (name === 'hue' ? factor + 0.5 : factor / 2)
const drawsOf = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, (factors[name] ?? []).map((f) => drawOf(name, f))]))

describe('each adjustment on its own', () => {
  test.each(['brightness', 'contrast', 'saturation', 'hue'] as const)('%s', async (name) => {
    const options: JitterOptions = {
      ...{ brightness: 0, contrast: 0, saturation: 0, hue: 0 },
      [name]: full[name],
      chance: 1,
    }
    const apply = await prepare(colourJitter(options), shape)
    const draws = { chance: every(0), ...drawsOf([name]) }
    expectClose(await apply(images, draws), results[name] ?? [])
  })
})

test('all of them act in the order brightness, contrast, saturation, hue', async () => {
  const apply = await prepare(colourJitter({ ...full, order: 'fixed', chance: 1 }), shape)
  const draws = drawsOf(['brightness', 'contrast', 'saturation', 'hue'])
  expectClose(await apply(images, { ...draws, chance: every(0) }), results.all ?? [])
})

describe('a turn of the hue', () => {
  const only: JitterOptions = { brightness: 0, contrast: 0, saturation: 0, chance: 1 }
  const neutral = { chance: every(0) }

  test('keeps the largest and the smallest channel of every pixel, whatever the turn', async () => {
    const apply = await prepare(colourJitter({ ...only, hue: 0.5 }), shape)
    const ends = (values: ArrayLike<number>) => {
      const at = reader(values, shape)
      return Array.from({ length: rows * height * width }, (_, i) => {
        const [row, place] = [Math.floor(i / (height * width)), i % (height * width)]
        const pixel = [0, 1, 2].map((c) => at(row, c, Math.floor(place / width), place % width))
        return [Math.max(...pixel), Math.min(...pixel)]
      }).flat()
    }
    await fc.assert(
      fc.asyncProperty(fc.array(drawn, { minLength: rows, maxLength: rows }), async (hue) => {
        expectClose(ends(await apply(images, { ...neutral, hue })), ends(images))
      }),
      { numRuns: 30 },
    )
  })

  test('and a turn back give the image again', async () => {
    const apply = await prepare(colourJitter({ ...only, hue: 0.5 }), shape)
    const there = fc.array(fc.integer({ min: 1, max: 63 }), { minLength: rows, maxLength: rows })
    await fc.assert(
      fc.asyncProperty(there, async (steps) => {
        const turned = await apply(images, { ...neutral, hue: steps.map((n) => n / 64) })
        const back = await apply(turned, { ...neutral, hue: steps.map((n) => 1 - n / 64) })
        expectClose(back, images, 3e-6)
      }),
      { numRuns: 30 },
    )
  })
})

test('grey-scale images have no saturation and hue: nothing is drawn for them', async () => {
  const grey = [2, 1, 4, 4]
  const apply = await prepare(colourJitter(), grey)
  const draws = { brightness: [0.5, 0.5], contrast: [0.5, 0.5], order: [0, 0.9], chance: [0, 0] }
  expectClose(await apply(randomImages(grey), draws), randomImages(grey))
})

test('SimCLR crops and flips, jitters, greys and blurs, in this order', () => {
  expect(simclr().map(({ name }) => name)).toEqual(['crop', 'jitter', 'grey', 'blur'])
})

test('a misspelt strength is told', () => {
  expect(() => colourJitter({ hue: 0.1, ...{ satuation: 0.3 } })).toThrow(/'satuation'[^]*'saturation'/)
})

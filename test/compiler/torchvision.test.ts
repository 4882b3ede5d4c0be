import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  colourJitter,
  gaussianBlur,
  horizontalFlip,
  randomErase,
  randomGrey,
  randomInvert,
  randomResizedCrop,
  rotation,
  solarise,
  type Transform,
} from '../../src/index.ts'
import { found } from '../../src/base/lists.ts'
import { ALMOST_ONE, prepare, type Draws } from '../support/transforms.ts'

/**
 * Transforms with the parameters of a case are torchvision's functional ones, pixel by pixel, borders included:
 * `test/reference/torchvision.py` writes the numbers, which are exact to 1 / 131070.
 */

const parameters = z.record(z.string(), z.union([z.number(), z.boolean()]))
const { pictures, cases } = z
  .object({
    pictures: z.record(z.string(), z.object({ shape: z.array(z.number()), bytes: z.base64() })),
    cases: z.array(z.object({ picture: z.string(), transform: z.string(), parameters, result: z.base64() })),
  })
  .parse(JSON.parse(readFileSync(new URL('../reference/torchvision.json', import.meta.url), 'utf8')))
type Case = (typeof cases)[number]

const pictureOf = ({ picture }: Pick<Case, 'picture'>) => {
  const { shape, bytes } = found(new Map(Object.entries(pictures)), picture, 'a picture')
  const images = Float64Array.from(Buffer.from(bytes, 'base64'), (byte) => Math.fround(byte / 255))
  return { shape: [1, ...shape], images, height: shape[1] ?? NaN, width: shape[2] ?? NaN }
}
const resultOf = ({ result }: Pick<Case, 'result'>): number[] => {
  const bytes = Buffer.from(result, 'base64')
  return Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16LE(2 * i) / 65535)
}

/** The largest difference of a pixel, in 255ths. */
const furthest = (actual: ArrayLike<number>, given: Case): number => {
  const expected = resultOf(given)
  expect(actual.length).toBe(expected.length)
  return Math.max(...expected.map((value, i) => 255 * Math.abs((actual[i] ?? NaN) - value)))
}

/** A transform of ours, and the draws that give it the parameters of a case. */
type Ours = readonly [Transform, Draws]
const number = (given: Case['parameters'], name: string): number => Number(given[name])
/** The draw that makes `value` of a range. */
const within = (value: number, low: number, high: number): number => (value - low) / (high - low)

const ours: Readonly<
  Record<string, (given: Case['parameters'], size: { height: number; width: number }) => Ours>
> = {
  crop: (given, { height, width }) => {
    const [high, wide] = [number(given, 'height'), number(given, 'width')]
    const place = (start: number, room: number) => (room === 0 ? 0.5 : start / room)
    const draws = {
      area: [Math.min(ALMOST_ONE, within((high * wide) / (height * width), 0.05, 1))],
      aspect: [within(Math.log(wide / high), Math.log(0.5), Math.log(2))],
      left: [place(number(given, 'left'), width - wide)],
      top: [place(number(given, 'top'), height - high)],
      flip: [given.flip === true ? 0.7 : 0.2],
    }
    return [randomResizedCrop({ scale: [0.05, 1], ratio: [0.5, 2] }), draws]
  },
  grey: () => [randomGrey(1), { chance: [0] }],
  flip: () => [horizontalFlip(), { flip: [0] }],
  invert: () => [randomInvert(1), { chance: [0] }],
  blur: (given) => {
    const draws = { sigma: [within(number(given, 'sigma'), 0.1, 2.1)], chance: [0] }
    return [gaussianBlur({ radius: number(given, 'radius'), sigma: [0.1, 2.1], chance: 1 }), draws]
  },
  solarise: (given) => [solarise({ threshold: number(given, 'threshold'), chance: 1 }), { chance: [0] }],
  rotation: (given) => {
    const draws = { angle: [within(number(given, 'degrees'), -180, 180)], chance: [0] }
    return [rotation({ degrees: 180 }), draws]
  },
  erase: (given, { height, width }) => {
    const [high, wide] = [number(given, 'height'), number(given, 'width')]
    const draws = {
      width: [within(wide / width, 0, 1)],
      height: [within(high / height, 0, 1)],
      left: [number(given, 'left') / (width - wide)],
      top: [number(given, 'top') / (height - high)],
      grey: [number(given, 'grey')],
      chance: [0],
    }
    return [randomErase({ sides: [0, 1], chance: 1 }), draws]
  },
}

/** Their luminance of tensors takes 0.2989 of red, not 0.299. */
const bound = (name: string): number => (['grey', 'jitter'].includes(name) ? 0.1 : 0.003)

describe.each(Object.keys(ours))('%s', (name) => {
  const mine = cases.filter(({ transform }) => transform === name)

  test.each(mine)('of $picture with $parameters', async (given) => {
    const { shape, images, ...size } = pictureOf(given)
    const [transform, draws] = found(
      new Map(Object.entries(ours)),
      name,
      'a transform',
    )(given.parameters, size)
    expect(furthest(await (await prepare(transform, shape))(images, draws), given)).toBeLessThan(bound(name))
  })
})

describe('jitter', () => {
  /** What a draw for the order makes of a picture, with these factors. */
  const jittered = async ({ picture, parameters }: Case) => {
    const { shape, images } = pictureOf({ picture })
    const factors = Object.fromEntries(
      Object.entries(parameters).map(([name, factor]) => [
        name,
        [name === 'hue' ? Number(factor) + 0.5 : Number(factor) / 2],
      ]),
    )
    const strengths = { brightness: 1, contrast: 1, saturation: 1, hue: 0.5, chance: 1 }
    const apply = await prepare(colourJitter(strengths), shape)
    return (order: number) => apply(images, { ...factors, order: [order], chance: [0] })
  }

  test.each([
    ['shirt', 24],
    ['shoe', 2],
  ] as const)('of %s has all %i orders, each of them for the same share of draws', async (picture, count) => {
    const orders = cases.filter((each) => each.transform === 'jitter' && each.picture === picture)
    expect(orders).toHaveLength(count)
    const at = await jittered(found(new Map(orders.entries()), 0, 'a case'))
    const matched: Case[] = []
    for (let order = 0; order < count; order++) {
      const [first, last] = [await at(order / count + 1e-6), await at((order + 1) / count - 1e-6)]
      expect(last).toEqual(first)
      matched.push(...orders.filter((each) => furthest(first, each) < bound('jitter')))
    }
    expect(new Set(matched).size).toBe(count)
    expect(matched).toHaveLength(count)
  })
})

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { decodeImage, headerOf } from '../../runtime/data/images/decode.ts'
import { fit } from '../../runtime/data/images/fit.ts'
import { inOrder } from '../../runtime/data/images/in-order.ts'
import { jpeg, pixelsOf, planes, png } from '../support/picture.ts'
import type { RowShape } from '../../runtime/data/dataset.ts'

const decoded = async (bytes: Uint8Array, shape: RowShape): Promise<number[]> => [
  ...(await decodeImage(bytes, await headerOf(bytes), shape)),
]
const colour = (background: string | { r: number; g: number; b: number; alpha: number }) =>
  sharp({ create: { width: 2, height: 2, channels: 4, background } })
const four = (r: number, g: number, b: number) => [r, g, b].flatMap((value) => [value, value, value, value])

describe('an image of the wanted size', () => {
  it('keeps every bit, channel by channel', async () => {
    expect(await decoded(await png(), [3, 4, 4])).toEqual(planes(pixelsOf()))
  })

  it('is grey as Pillow makes it, where one channel is wanted, and stays as it is where it is grey', async () => {
    expect(await decoded(await colour('rgb(200, 100, 50)').png().toBuffer(), [1, 2, 2])).toEqual(
      new Array(4).fill(Math.round((200 * 19595 + 100 * 38470 + 50 * 7471) / 65536)),
    )
    expect(await decoded(await png({ channels: 1 }), [1, 4, 4])).toEqual([...pixelsOf({ channels: 1 })])
  })

  it.each<[string, () => Promise<Buffer>, number[]]>([
    ['a palette', () => colour('rgb(200, 100, 50)').png({ palette: true }).toBuffer(), four(200, 100, 50)],
    [
      'half transparent, over black',
      () => colour({ r: 200, g: 100, b: 50, alpha: 0.5 }).png().toBuffer(),
      four(100, 50, 25),
    ],
    [
      '16 bits',
      () => colour('rgb(200, 100, 50)').removeAlpha().toColourspace('rgb16').png().toBuffer(),
      four(200, 100, 50),
    ],
    [
      'grey of 16 bits',
      () => colour('rgb(90, 90, 90)').removeAlpha().toColourspace('grey16').png().toBuffer(),
      four(90, 90, 90),
    ],
    [
      'lossless WebP',
      () => colour('rgb(200, 100, 50)').webp({ lossless: true }).toBuffer(),
      four(200, 100, 50),
    ],
    ['GIF', () => colour('rgb(200, 100, 50)').gif().toBuffer(), four(200, 100, 50)],
    [
      'TIFF',
      () => colour('rgb(200, 100, 50)').removeAlpha().tiff({ compression: 'lzw' }).toBuffer(),
      four(200, 100, 50),
    ],
  ])('of %s is decoded to red, green and blue', async (_, make, wanted) => {
    const found = await decoded(await make(), [3, 2, 2])
    for (const [i, value] of wanted.entries())
      expect(Math.abs((found[i] ?? NaN) - value)).toBeLessThanOrEqual(1)
  })

  it('of CMYK and in JPEG and AVIF is decoded, near its colours', async () => {
    const big = sharp({ create: { width: 16, height: 16, channels: 3, background: 'rgb(200, 100, 50)' } })
    for (const bytes of [
      await big.clone().jpeg().toBuffer(),
      await big.clone().avif({ effort: 0 }).toBuffer(),
    ])
      expect((await decoded(bytes, [3, 16, 16]))[0]).toBeCloseTo(200, -1)
    const cmyk = await decoded(await big.clone().toColourspace('cmyk').jpeg().toBuffer(), [3, 16, 16])
    expect(cmyk).toHaveLength(3 * 256)
    expect(cmyk[0]).toBeGreaterThan(150)
  })

  it('is turned as its EXIF orientation says', async () => {
    const upright = await png({ width: 3, height: 2 })
    const turned = await sharp(upright).withMetadata({ orientation: 6 }).png().toBuffer()
    const clockwise = await sharp(upright).rotate(90).raw().toBuffer()
    expect(await decoded(turned, [3, 3, 2])).toEqual(planes(clockwise))
  })
})

interface Reference {
  readonly noise: boolean
  readonly from: readonly [number, number]
  readonly to: readonly [number, number]
  readonly pixels: readonly number[]
  readonly resized: readonly number[]
}
const references = JSON.parse(
  readFileSync(new URL('../reference/resized.json', import.meta.url), 'utf8'),
) as readonly Reference[]

describe("an image of another size is what torchvision's Resize and CenterCrop make of it:", () => {
  it.each(references)('$from to $to', async ({ noise, from: [height, width], to, pixels, resized }) => {
    const bytes = await sharp(Uint8Array.from(pixels), { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer()
    const found = await decoded(bytes, [3, ...to])
    // What is enlarged has Pillow's own bits; libvips rounds otherwise between its two passes.
    const most = noise ? 0 : 3
    for (const [i, value] of resized.entries())
      expect(Math.abs((found[i] ?? NaN) - value)).toBeLessThanOrEqual(most)
  })

  it('it covers what is wanted on both sides, and no more on one of them', () => {
    const side = fc.integer({ min: 1, max: 300 })
    fc.assert(
      fc.property(side, side, side, side, (width, height, wantedWidth, wantedHeight) => {
        const { left, top, ...made } = fit(width, height, wantedWidth, wantedHeight)
        expect(left + wantedWidth).toBeLessThanOrEqual(made.width)
        expect(top + wantedHeight).toBeLessThanOrEqual(made.height)
        expect(Math.min(made.width - wantedWidth, made.height - wantedHeight)).toBe(0)
        expect(Math.min(left, top)).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})

describe('is refused:', () => {
  it.each<[string, () => Promise<Uint8Array>, string]>([
    [
      'text',
      () => Promise.resolve(Buffer.from('<html>not here')),
      "is no image: it begins with '<html>not here'",
    ],
    ['nothing', () => Promise.resolve(new Uint8Array()), 'is empty'],
    ['SVG, whatever it is called', () => Promise.resolve(Buffer.from('<svg xmlns="…"/>')), 'is a SVG image'],
    ['BMP', () => Promise.resolve(Buffer.from('BM______________')), 'is a BMP image, which is not read'],
    [
      'a JPEG that is cut short',
      async () => (await jpeg({ width: 64, height: 64 })).subarray(0, 900),
      'cannot be decoded',
    ],
    [
      'a PNG that is cut short',
      async () => (await png({ width: 64, height: 64 })).subarray(0, 300),
      'cannot be decoded',
    ],
    ['a header alone', async () => (await png()).subarray(0, 20), 'cannot be decoded'],
  ])('%s', async (_, make, told) => {
    await expect(decoded(await make(), [3, 64, 64])).rejects.toThrow(told)
  })

  it('an image that is small as a file and unpacks to a gigabyte', async () => {
    const bomb = await png({ width: 1, height: 1 })
    // Width and height stand behind the name of the first chunk; its checksum is not looked at before.
    bomb.writeUInt32BE(40_000, 16)
    bomb.writeUInt32BE(40_000, 20)
    await expect(decoded(bomb, [3, 4, 4])).rejects.toThrow(/pixel|decoded/)
  })

  it('an image so narrow that it would be resized to a gigabyte', async () => {
    await expect(decoded(await png({ width: 1, height: 4000 }), [3, 256, 256])).rejects.toThrow(
      '256 × 1024000 pixels',
    )
  })
})

describe('work side by side', () => {
  it('gives its results in the order of what is worked on, however long each takes and however many run', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 9 }),
        async (turns, most) => {
          const items = turns.map((count, i) => ({ count, i }))
          let [running, peak] = [0, 0]
          const found: number[] = []
          const work = async ({ count, i }: { count: number; i: number }) => {
            peak = Math.max(peak, ++running)
            for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
            running--
            return i
          }
          for await (const result of inOrder(items, most, work)) found.push(result)
          expect(found).toEqual(turns.map((_, i) => i))
          expect(peak).toBeLessThanOrEqual(most)
        },
      ),
      { numRuns: 30 },
    )
  })

  it('makes the same rows of images in the same order, however many are decoded at once', async () => {
    const images = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        jpeg({ width: 5 + ((7 * i) % 40), height: 4 + ((5 * i) % 30), from: i }),
      ),
    )
    const decodedBy = async (most: number) => {
      const rows: number[][] = []
      for await (const row of inOrder(images, most, (bytes) => decoded(bytes, [3, 9, 9]))) rows.push(row)
      return rows
    }
    const alone = await decodedBy(1)
    for (const most of [2, 5, 12]) expect(await decodedBy(most)).toEqual(alone)
  })

  it('ends with the first failure in that order, after what runs is over', async () => {
    const ended: number[] = []
    const work = async (item: number) => {
      await new Promise((resolve) => setImmediate(resolve))
      ended.push(item)
      if (item === 2) throw new Error('the third')
      return item
    }
    const all = async () => {
      const found: number[] = []
      for await (const result of inOrder([0, 1, 2, 3, 4, 5, 6, 7], 3, work)) found.push(result)
      return found
    }
    await expect(all()).rejects.toThrow('the third')
    expect(ended).toEqual([0, 1, 2, 3, 4])
  })
})

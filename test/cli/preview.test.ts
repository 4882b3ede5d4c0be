import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { sheetOf } from '../../src/cli/data/preview/sheet.ts'
import { scaleOf, tileOf } from '../../src/cli/data/preview/tile.ts'
import { idx, writeFiles } from '../runtime/data-files.ts'
import { hebb, newFolder, tinyProgram, write } from './run-hebb.ts'
import type { Picture } from '../../src/cli/data/preview/picture.ts'

/** `hebb data preview`: what a program makes of images, to be looked at. */

const pixels = async (file: string) => {
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true })
  return {
    ...info,
    at: (x: number, y: number) => [...data.subarray((y * info.width + x) * 3).subarray(0, 3)],
  }
}

/** A program whose views are the images with a border of one pixel, the second view of them inverted by chance. */
const program = tinyProgram({ batch: 2 })
  .replace(
    'channels: 1, size: 28, mean: [0.286], std: [0.353]',
    'channels: 1, size: [2, 2], pad: 1, mean: [0.25], std: [0.5]',
  )
  .replace(
    "maxPool(2)), layer('conv2', conv(3), relu(), maxPool(2))",
    "maxPool(2)), layer('conv2', conv(3), relu())",
  )
  .replace('clappPlusPlus(7)', 'clappPlusPlus(2)')

const folderWith = (images: Uint8Array, sizes: readonly number[]) => {
  const folder = newFolder()
  write(folder, 'mine.ts', program)
  writeFiles(join(folder, 'few'), {
    'train-images-idx3-ubyte': idx(sizes, images),
    'train-labels-idx1-ubyte': idx([sizes[0] ?? 0], new Uint8Array(sizes[0] ?? 0)),
    't10k-images-idx3-ubyte': idx(sizes, images),
    't10k-labels-idx1-ubyte': idx([sizes[0] ?? 0], new Uint8Array(sizes[0] ?? 0)),
  })
  return folder
}
const preview = ['data', 'preview', 'mine.ts', '--data', 'few'] as const

describe('hebb data preview', () => {
  test('draws each image and its views without the normalisation, whole pixels as squares', async () => {
    const folder = folderWith(Uint8Array.of(10, 20, 30, 40, 10, 20, 30, 40), [2, 2, 2])
    const { code, stdout, stderr } = await hebb([...preview, '--images', '2'], folder)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe('views.png: 2 images of few, each as it is, then 2 views: a, b\n')
    const { width, height, at } = await pixels(join(folder, 'views.png'))
    // Views of 4 × 4 at 24 to one, the image of 2 × 2 at the same scale in the middle of its row.
    expect([width, height]).toEqual([6 + 48 + 18 + 96 + 6 + 96 + 6, 6 + 2 * (96 + 6)])
    const corners = (left: number, top: number) =>
      [0, 1].flatMap((y) => [0, 1].map((x) => at(left + 24 * x, top + 24 * y)[0]))
    for (const row of [0, 1]) {
      const top = 6 + 102 * row
      expect(corners(6, top + 24)).toEqual([10, 20, 30, 40])
      for (const left of [72, 174]) {
        expect(at(left, top)).toEqual([0, 0, 0])
        expect(corners(left + 24, top + 24)).toEqual([10, 20, 30, 40])
      }
    }
    expect(at(0, 0)).toEqual([128, 128, 128])
  })

  test('is the same, byte by byte, for the same seed, and another for another', async () => {
    const folder = newFolder()
    write(
      folder,
      'mine.ts',
      tinyProgram()
        .replace("name: 'tiny',", "name: 'tiny', augment: [horizontalFlip(), colourJitter()],")
        .replace('import { adamw', 'import { adamw, colourJitter, horizontalFlip'),
    )
    const drawn = async (seed: string, out: string) => {
      const { code, stderr } = await hebb(
        ['data', 'preview', 'mine.ts', '--images', '25', '--seed', seed, '--out', out],
        folder,
      )
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      return readFileSync(join(folder, out))
    }
    const first = await drawn('1', 'one.png')
    expect(await drawn('1', 'again.png')).toEqual(first)
    expect(await drawn('2', 'two.png')).not.toEqual(first)
  })

  test('of images of another kind is a mistake that leaves the old picture as it is', async () => {
    const folder = folderWith(new Uint8Array(12), [2, 2, 3])
    writeFileSync(join(folder, 'views.png'), 'old')
    const { code, stderr } = await hebb(preview, folder)
    expect(stderr).toMatch(/compiled for images of 1×2×2, few has 1×2×3\n +Change input/)
    expect(code).toBe(1)
    expect(readFileSync(join(folder, 'views.png'), 'utf8')).toBe('old')
    expect(readdirSync(folder).sort()).toEqual(['few', 'mine.ts', 'views.png'])
  })

  test.for([
    [['--images', '0'], 'it must be a whole number from 1 to 64'],
    [['--image', '3'], "unknown option '--image'\n(Did you mean --images?)"],
  ] as const)('%s is a mistake of usage', async ([flags, problem]) => {
    const { code, stderr } = await hebb([...preview, ...flags], newFolder())
    expect(stderr).toContain(problem)
    expect(code).toBe(2)
  })
})

describe('a tile', () => {
  const picture = (channels: number, height: number, width: number, values: readonly number[]): Picture => ({
    ...{ channels, height, width },
    values: Float32Array.from(values),
  })

  test.each([
    [28, 28, 4],
    [32, 32, 3],
    [64, 48, 2],
    [96, 96, 1],
    [512, 512, 1],
    [513, 513, 1 / 2],
    [3000, 1000, 1 / 6],
    [2, 400, 1],
  ])('of an image of %i × %i has %f pixels for one', (height, width, scale) => {
    expect(scaleOf({ height, width })).toBe(scale)
  })

  test('of three channels is red, green and blue, and keeps to black and white beyond 0..1', () => {
    expect([...tileOf(picture(3, 2, 1, [1, 0, 0.5, 0.2, -3, 7]), 1).bytes]).toEqual([255, 128, 0, 0, 51, 255])
  })

  test('of a signal is a line from the top at 1 to the bottom at 0, unbroken, a band for each channel', () => {
    const { height, width, bytes } = tileOf(picture(2, 1, 2, [0, 1, 0.5, 0.5]), 1)
    expect([height, width]).toEqual([128, 96])
    const white = (x: number) =>
      Array.from({ length: height }, (_, y) => y).filter((y) => bytes[(y * width + x) * 3] === 255)
    expect(white(0)).toEqual([63, 95])
    expect(white(47)).toEqual([...Array.from({ length: 64 }, (_, y) => y), 95])
    expect(white(95)).toEqual([0, 95])
  })

  test('of two channels is refused, as nobody knows its colours', () => {
    expect(() => tileOf(picture(2, 2, 2, [0, 0, 0, 0, 0, 0, 0, 0]), 1)).toThrow(
      'images of 2 channels have no colours',
    )
  })

  test('is never so large that a sheet of many takes all memory', () => {
    const long = picture(1, 1, 100_000, new Array<number>(100_000).fill(0.5))
    expect(sheetOf([[long, long, long]])).toMatchObject({ height: 76, width: 3 * 512 + 2 * 6 + 18 + 6 })
  })
})

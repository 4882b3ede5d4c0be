import fc from 'fast-check'
import { onnxruntime } from '../../runtime/session/onnxruntime.ts'
import { describe, expect, test } from 'vitest'
import {
  colourJitter,
  compile,
  conv,
  gaussianBlur,
  horizontalFlip,
  layer,
  local,
  program,
  randomErase,
  randomGrey,
  randomInvert,
  randomResizedCrop,
  relu,
  rotation,
  sgd,
  simclr,
  solarise,
  type Transform,
} from '../../src/index.ts'
import { clapp } from '../../rules/index.ts'
import {
  ALMOST_ONE,
  drawn,
  expectClose,
  makeImages,
  prepare,
  randomImages,
  reader,
  type Draws,
} from '../support/transforms.ts'

const { InferenceSession, Tensor: HostTensor } = onnxruntime()

/** Every transform, on onnxruntime in float32: what it makes of images, given its draws. */

describe('crop', () => {
  const centred = { area: [0.5], aspect: [0.5], left: [0.5], top: [0.5] }

  test('of the whole image at its own ratio is the identity', async () => {
    const shape = [1, 3, 5, 5]
    const apply = await prepare(randomResizedCrop({ scale: [1, 1], ratio: [1, 1], flip: false }), shape)
    const images = randomImages(shape)
    expectClose(await apply(images, centred), images)
    expectClose(await apply(images, { area: [0], aspect: [0.9], left: [0.1], top: [ALMOST_ONE] }), images)
  })

  test('of a ramp is a ramp: area, ratio and place of the cut are those that were drawn', async () => {
    const [scale, ratio] = [[0.2, 0.9] as const, [0.5, 2] as const]
    const [rows, height, width] = [2, 6, 9]
    const shape = [rows, 2, height, width]
    const ramps = makeImages(shape, (_, channel, y, x) => (channel === 0 ? x / width : y / height))
    const apply = await prepare(randomResizedCrop({ scale, ratio, flip: false }), shape)
    const pair = fc.tuple(drawn, drawn)
    await fc.assert(
      fc.asyncProperty(pair, pair, pair, pair, async (area, aspect, left, top) => {
        const cut = (row: number) => {
          const pixels = (scale[0] + (area[row] ?? 0) * (scale[1] - scale[0])) * height * width
          const shapeOfCut = ratio[0] * (ratio[1] / ratio[0]) ** (aspect[row] ?? 0)
          const long = Math.min(width, Math.sqrt(pixels * shapeOfCut))
          const high = Math.min(height, Math.sqrt(pixels / shapeOfCut))
          return [
            { size: width, length: long, start: (left[row] ?? 0) * (width - long) },
            { size: height, length: high, start: (top[row] ?? 0) * (height - high) },
          ] as const
        }
        const expected = makeImages(shape, (row, channel, y, x) => {
          const { size, length, start } = cut(row)[channel === 0 ? 0 : 1]
          const position = start + (((channel === 0 ? x : y) + 0.5) / size) * length - 0.5
          const last = Math.max(start, start + length - 1)
          return Math.min(Math.max(position, start), last, size - 1) / size
        })
        expectClose(await apply(ramps, { area, aspect, left, top }), expected, 5e-6)
      }),
      { numRuns: 50 },
    )
  })

  test('mirrors where the flip is drawn at or above one half', async () => {
    const shape = [2, 1, 4, 8]
    const once = randomImages([1, 1, 4, 8])
    const apply = await prepare(randomResizedCrop(), shape)
    const both = (value: number) => [value, value]
    const at = reader(
      await apply([...once, ...once], {
        area: both(0.3),
        aspect: both(0.7),
        left: both(0.2),
        top: both(0.9),
        flip: [0.4999, 0.5],
      }),
      shape,
    )
    expectClose(
      makeImages([1, 1, 4, 8], (_, __, y, x) => at(1, 0, y, 7 - x)),
      makeImages([1, 1, 4, 8], (_, __, y, x) => at(0, 0, y, x)),
    )
  })
})

describe('flip', () => {
  test('mirrors exactly where the draw is below one half, and keeps the row exactly elsewhere', async () => {
    const shape = [4, 3, 3, 7]
    const images = randomImages(shape)
    const apply = await prepare(horizontalFlip(), shape)
    const before = reader(images, shape)
    const after = await apply(images, { flip: [0, 0.4999, 0.5, ALMOST_ONE] })
    const expected = makeImages(shape, (row, channel, y, x) => before(row, channel, y, row < 2 ? 6 - x : x))
    expect([...after]).toEqual(expected)
  })
})

describe('jitter of brightness and contrast', () => {
  const shape = [2, 3, 2, 2]
  const images = randomImages(shape)
  const plain = { saturation: 0, hue: 0, order: 'fixed' } as const
  const clamp = (value: number) => Math.min(Math.max(value, 0), 1)

  test('multiplies, then stretches around the mean luminance of the row', async () => {
    const [brightness, contrast] = [0.4, 0.6]
    const apply = await prepare(colourJitter({ brightness, contrast, ...plain, chance: 1 }), shape)
    const draws = { brightness: [0.1, 0.8], contrast: [0.9, 0.3], chance: [0.5, 0.5] }
    const factor = (strength: number, value = 0) => 1 - strength + value * 2 * strength
    const original = reader(images, shape)
    const bright = (row: number, channel: number, y: number, x: number) =>
      clamp(original(row, channel, y, x) * factor(brightness, draws.brightness[row]))
    const brightnessOf = (row: number) => {
      const weights = [0.299, 0.587, 0.114]
      const weighted = makeImages([1, 3, 2, 2], (_, c, y, x) => bright(row, c, y, x) * (weights[c] ?? 0))
      return weighted.reduce((sum, value) => sum + value, 0) / 4
    }
    const expected = makeImages(shape, (row, channel, y, x) =>
      clamp(
        brightnessOf(row) +
          factor(contrast, draws.contrast[row]) * (bright(row, channel, y, x) - brightnessOf(row)),
      ),
    )
    expectClose(await apply(images, draws), expected)
  })

  test('draws of one half and strengths of 0 leave an image as it is', async () => {
    const half = { brightness: [0.5, 0.5], contrast: [0.5, 0.5], chance: [0, 0] }
    expectClose(await (await prepare(colourJitter(plain), shape))(images, half), images)
    const none = await prepare(colourJitter({ brightness: 0, contrast: 0, ...plain }), shape)
    expectClose(await none(images, { chance: [0, 0] }), images)
  })

  test('stays in 0..1, and strengths above 1 never turn an image into its negative', async () => {
    const apply = await prepare(colourJitter({ brightness: 3, contrast: 3, ...plain, chance: 1 }), shape)
    const pair = fc.tuple(drawn, drawn)
    await fc.assert(
      fc.asyncProperty(pair, pair, async (brightness, contrast) => {
        const values = await apply(images, { brightness, contrast, chance: [0, 0] })
        expect(values.every((value) => value >= 0 && value <= 1)).toBe(true)
      }),
      { numRuns: 50 },
    )
    const darkest = await apply(images, { brightness: [0, 0], contrast: [0, 0], chance: [0, 0] })
    expect([...darkest]).toEqual([...images].map(() => 0))
  })
})

describe('grey', () => {
  test('of three channels is their luminance (ITU-R BT.601), three times', async () => {
    const shape = [1, 3, 4, 4]
    const images = randomImages(shape)
    const values = await (await prepare(randomGrey(1), shape))(images, { chance: [ALMOST_ONE] })
    const [before, after] = [reader(images, shape), reader(values, shape)]
    const luminance = (y: number, x: number) =>
      0.299 * before(0, 0, y, x) + 0.587 * before(0, 1, y, x) + 0.114 * before(0, 2, y, x)
    expectClose(
      values,
      makeImages(shape, (_, __, y, x) => luminance(y, x)),
    )
    expect([...values]).toEqual(makeImages(shape, (_, __, y, x) => after(0, 0, y, x)))
  })

  test('of other numbers of channels is their mean', async () => {
    const shape = [1, 2, 1, 2]
    const values = await (await prepare(randomGrey(1), shape))([0, 0.5, 1, 0.25], { chance: [0] })
    expect([...values]).toEqual([0.5, 0.375, 0.5, 0.375])
  })
})

describe('invert', () => {
  test('is 1 - x, exactly', async () => {
    const shape = [1, 1, 8, 8]
    const images = randomImages(shape)
    const values = await (await prepare(randomInvert(1), shape))(images, { chance: [0.7] })
    expect([...values]).toEqual(Array.from(images, (value) => Math.fround(1 - value)))
  })
})

describe('erase', () => {
  test('fills the drawn rectangle with the drawn grey, and nothing else', async () => {
    const shape = [3, 2, 8, 10]
    const images = randomImages(shape)
    const apply = await prepare(randomErase({ sides: [0.2, 0.5], chance: 0.5 }), shape)
    const values = await apply(images, {
      // Row 0: 2 of 10 columns from the middle of 8 free ones; 0.35 · 8 = 2.8 of 8 rows from the top.
      width: [0, ALMOST_ONE, 0.5],
      left: [0.5, 0, 0.5],
      height: [0.5, 0, 0.5],
      top: [0, ALMOST_ONE, 0.5],
      grey: [0.25, 0.75, 0.5],
      chance: [0, 0.4999, 0.5],
    })
    const original = reader(images, shape)
    const expected = makeImages(shape, (row, channel, y, x) => {
      if (row === 0 && x >= 4 && x < 6 && y < 3) return 0.25
      // Row 1: 5 columns from the left; 0.2 · 8 = 1.6 rows down to the bottom, which cover two centres.
      if (row === 1 && x < 5 && y >= 6) return 0.75
      return original(row, channel, y, x)
    })
    expect([...values]).toEqual(expected)
  })

  test('covers about the share of pixels that its sides promise, wherever it lies', async () => {
    const [height, width] = [12, 10]
    const shape = [1, 1, height, width]
    const apply = await prepare(randomErase({ sides: [0.2, 0.5], chance: 1 }), shape)
    const blank = new Float64Array(height * width)
    await fc.assert(
      fc.asyncProperty(drawn, drawn, drawn, drawn, async (w, h, left, top) => {
        const draws = { width: [w], height: [h], left: [left], top: [top], grey: [0.5], chance: [0] }
        const at = reader(await apply(blank, draws), shape)
        const across = Array.from({ length: width }, (_, x) =>
          makeImages(shape, (_r, _c, y) => at(0, 0, y, x)),
        ).filter((column) => column.some((value) => value > 0)).length
        const down = Array.from({ length: height }, (_, y) =>
          makeImages(shape, (_r, _c, __, x) => at(0, 0, y, x)),
        ).filter((line) => line.some((value) => value > 0)).length
        expect(Math.abs(across - (0.2 + 0.3 * w) * width)).toBeLessThan(1 + 1e-5)
        expect(Math.abs(down - (0.2 + 0.3 * h) * height)).toBeLessThan(1 + 1e-5)
      }),
      { numRuns: 50 },
    )
  })
})

describe('blur', () => {
  const shape = [2, 2, 9, 9]
  const draws = { sigma: [0.3, ALMOST_ONE], chance: [0, 0] }

  test('keeps a constant image constant, up to the border', async () => {
    const apply = await prepare(gaussianBlur({ chance: 1 }), shape)
    const constant = makeImages(shape, (row, channel) => 0.25 + 0.3 * row + 0.1 * channel)
    expectClose(await apply(constant, draws), constant)
  })

  test('spreads a point as the Gaussian of its row, and keeps the sum', async () => {
    const apply = await prepare(gaussianBlur({ sigma: [0.5, 1.5], radius: 2, chance: 1 }), shape)
    const point = makeImages(shape, (_, channel, y, x) => (y === 4 && x === 4 ? 1 - 0.5 * channel : 0))
    const values = await apply(point, draws)
    const line = (row: number) => {
      const sigma = 0.5 + (draws.sigma[row] ?? 0)
      const weights = [-2, -1, 0, 1, 2].map((distance) => Math.exp(-(distance ** 2) / (2 * sigma ** 2)))
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      return weights.map((weight) => weight / total)
    }
    const expected = makeImages(
      shape,
      (row, channel, y, x) => (1 - 0.5 * channel) * (line(row)[y - 2] ?? 0) * (line(row)[x - 2] ?? 0),
    )
    expectClose(values, expected)
    for (const [map, sum] of [1, 0.5, 1, 0.5].entries())
      expect(values.slice(map * 81, (map + 1) * 81).reduce((total, value) => total + value, 0)).toBeCloseTo(
        sum,
        5,
      )
  })
})

describe('the length of the kernel', () => {
  /** How far a point spreads at the largest width. */
  const spread = async (side: number): Promise<number> => {
    const shape = [1, 1, 3 * side, side]
    const apply = await prepare(gaussianBlur({ fraction: 0.1, sigma: [3, 3], chance: 1 }), shape)
    const [row, column] = [Math.floor(1.5 * side), Math.floor(side / 2)]
    const values = await apply(
      makeImages(shape, (_, __, y, x) => (y === row && x === column ? 1 : 0)),
      { sigma: [0.5], chance: [0] },
    )
    const at = reader(values, shape)
    return Array.from({ length: side }, (_, x) => at(0, 0, row, x)).filter((value) => value > 0).length
  }

  test.each([
    [9, 1],
    [32, 3],
    [64, 7],
    [96, 9],
    [224, 23],
  ])('of SimCLR is a tenth of the shorter side, odd: %i pixels, %i', async (side, length) => {
    expect(await spread(side)).toBe(length)
  })
})

describe('a chance', () => {
  const shape = [2, 3, 6, 6]
  const images = randomImages(shape)
  const transforms: readonly (readonly [string, (chance: number) => Transform])[] = [
    ['jitter', (chance) => colourJitter({ chance })],
    ['grey', randomGrey],
    ['invert', randomInvert],
    ['erase', (chance) => randomErase({ chance })],
    ['blur', (chance) => gaussianBlur({ chance })],
    ['solarise', (chance) => solarise({ chance })],
    ['rotation', (chance) => rotation({ degrees: [30, 60], chance })],
  ]
  const names: Readonly<Record<string, readonly string[]>> = {
    jitter: ['brightness', 'contrast', 'saturation', 'hue', 'order'],
    rotation: ['angle'],
    erase: ['width', 'height', 'left', 'top', 'grey'],
    blur: ['sigma'],
  }
  const drawsOf = (name: string, chance: readonly number[]): Draws => ({
    ...Object.fromEntries((names[name] ?? []).map((what, i) => [what, [0.1 * i, 0.9 - 0.1 * i]])),
    chance,
  })

  test.each(transforms)('of 0 leaves every image exactly as it is: %s', async (name, make) => {
    const apply = await prepare(make(0), shape)
    expect(await apply(images, drawsOf(name, [0, ALMOST_ONE]))).toEqual(images)
  })

  test.each(transforms)('of 1 changes every image, whatever is drawn: %s', async (name, make) => {
    const apply = await prepare(make(1), shape)
    const changed = await apply(images, drawsOf(name, [0, 0]))
    expect(changed).not.toEqual(images)
    expect(await apply(images, drawsOf(name, [ALMOST_ONE, ALMOST_ONE]))).toEqual(changed)
  })

  test.each(transforms)('of one half is decided by the draw: %s', async (name, make) => {
    const apply = await prepare(make(0.5), shape)
    const always = await (await prepare(make(1), shape))(images, drawsOf(name, [0, 0]))
    const half = images.length / 2
    const sometimes = await apply(images, drawsOf(name, [0.4999, 0.5]))
    expect(sometimes.slice(0, half)).toEqual(always.slice(0, half))
    expect(sometimes.slice(half)).toEqual(images.slice(half))
  })
})

describe('the augment graph of a program', () => {
  const [batch, channels, height, width, pad] = [2, 2, 4, 6, 1]
  const [mean, std] = [
    [0.25, 0.5],
    [0.5, 2],
  ]
  const withAugment = (augment: readonly Transform[], dtype: 'float32' | 'float64' = 'float32') => {
    const { manifest, files } = compile(
      program({
        input: { channels, size: [height, width], pad, mean, std },
        augment,
        batch,
        encoder: [layer('conv1', conv(2), relu())],
        learn: local(clapp()),
        optimizer: sgd({ lr: 0.1 }),
        dtype,
      }),
    )
    return { manifest, graph: files.get('augment.onnx') ?? new Uint8Array() }
  }
  const bytes = Uint8Array.from({ length: batch * channels * height * width }, (_, i) => (i * 37) % 256)
  const run = async (graph: Uint8Array, draws: Draws) => {
    const session = await InferenceSession.create(graph)
    const uniform = Object.entries(draws).map(
      ([name, values]) =>
        [name, new HostTensor('float32', Float32Array.from(values), [values.length])] as const,
    )
    const images = new HostTensor('uint8', bytes, [batch, channels, height, width])
    const { views } = await session.run({ images, ...Object.fromEntries(uniform) })
    if (!views) throw new Error('no views')
    return { shape: views.dims, values: Array.from(views.data as ArrayLike<number>) }
  }
  const padded = [2 * batch, channels, height + 2 * pad, width + 2 * pad]
  const pixel = reader(bytes, [batch, channels, height, width])
  const inside = (y: number, x: number) => y >= pad && y < height + pad && x >= pad && x < width + pad
  /** Row r shows image r mod batch; black beyond its border; mean 0 and deviation 1 per channel. */
  const expected = (mirrored: (row: number) => boolean) =>
    makeImages(padded, (row, channel, y, column) => {
      const x = mirrored(row) ? width + 2 * pad - 1 - column : column
      const value = inside(y, x) ? pixel(row % batch, channel, y - pad, x - pad) / 255 : 0
      return (value - (mean[channel] ?? 0)) / (std[channel] ?? 1)
    })

  test('without transforms gives each view the padded, normalised images', async () => {
    const { shape, values } = await run(withAugment([]).graph, {})
    expect(shape).toEqual(padded)
    expectClose(
      values,
      expected(() => false),
    )
  })

  test('draws a number per view and image, so that views of one image differ', async () => {
    const { manifest, graph } = withAugment([horizontalFlip()])
    expect(manifest.augment.draws).toEqual([
      { kind: 'uniform', name: 'augment.flip.flip', type: 'float32', shape: [2 * batch] },
    ])
    const { shape, values } = await run(graph, { 'augment.flip.flip': [0.1, 0.9, 0.9, 0.1] })
    expect(shape).toEqual(padded)
    expectClose(
      values,
      expected((row) => row === 0 || row === 3),
    )
  })

  test('has draws of its own for every transform, also for one that is used twice', () => {
    const { manifest } = withAugment([...simclr(), randomInvert(), randomInvert()])
    const names = manifest.augment.draws.map(({ name }) => name)
    expect(names).toContain('augment.invert.chance')
    expect(names).toContain('augment.invert2.chance')
    expect(new Set(names).size).toBe(names.length)
    expect(manifest.augment.draws.every(({ shape }) => shape[0] === 2 * batch && shape.length === 1)).toBe(
      true,
    )
  })

  test('hands on views in the type of the program', async () => {
    const { manifest, graph } = withAugment([], 'float64')
    expect(manifest.augment.graphs[0]?.outputs).toMatchObject([{ type: 'float64', shape: padded }])
    expectClose(
      (await run(graph, {})).values,
      expected(() => false),
    )
  })
})

describe('images with a long side, as signals are', () => {
  const place = (i: number, size: number) => size - 1 - Math.abs(size - 1 - Math.abs(i))

  test.each([
    [1, 30],
    [1, 300],
    [3, 300],
    [300, 2],
  ])(
    'of %i × %i are blurred along each axis as far as it goes, mirrored at the border',
    async (height, width) => {
      const shape = [2, 2, height, width]
      const [images, sigmas, radius] = [randomImages(shape), [0.8, 2], 4]
      const apply = await prepare(gaussianBlur({ sigma: [0.8, 2], radius, chance: 1 }), shape)
      const at = reader(images, shape)
      const taps = (row: number, size: number) => {
        const reach = Math.min(radius, size - 1)
        const places = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach)
        const weights = places.map((d) => Math.exp(-(d ** 2) / (2 * (sigmas[row] ?? NaN) ** 2)))
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        return places.map((d, i) => [d, (weights[i] ?? NaN) / total] as const)
      }
      const expected = makeImages(shape, (row, channel, y, x) =>
        taps(row, height).reduce(
          (sum, [dy, wy]) =>
            sum +
            taps(row, width).reduce(
              (line, [dx, wx]) =>
                line + wy * wx * at(row, channel, place(y + dy, height), place(x + dx, width)),
              0,
            ),
          0,
        ),
      )
      expectClose(await apply(images, { sigma: [0, 1], chance: [0, 0] }), expected)
    },
  )

  test('are cropped as shorter ones are', async () => {
    const shape = [1, 1, 2, 300]
    const ramp = makeImages(shape, (_, __, ___, x) => x / 300)
    const apply = await prepare(
      randomResizedCrop({ scale: [0.5, 0.5], ratio: [150, 150], flip: false }),
      shape,
    )
    const length = Math.sqrt(0.5 * 300 * 2 * 150)
    const expected = makeImages(shape, (_, __, ___, x) => {
      const start = 0.25 * (300 - length)
      const position = start + ((x + 0.5) / 300) * length - 0.5
      return Math.min(Math.max(position, start), start + length - 1) / 300
    })
    expectClose(await apply(ramp, { area: [0], aspect: [0], left: [0.25], top: [0] }), expected, 5e-6)
  })
})

describe('solarise', () => {
  test('inverts the pixels from the threshold on, and those alone', async () => {
    const apply = await prepare(solarise({ threshold: 0.5, chance: 1 }), [1, 1, 1, 4])
    expect([...(await apply([0, 0.25, 0.5, 1], { chance: [0] }))]).toEqual([0, 0.25, 0.5, 0])
  })
})

describe('rotation', () => {
  const shape = [1, 1, 9, 9]
  const images = randomImages(shape)
  const at = reader(images, shape)

  test('by a quarter turn is counter-clockwise', async () => {
    const apply = await prepare(rotation({ degrees: [90, 90] }), shape)
    const expected = makeImages(shape, (_, channel, y, x) => at(0, channel, x, 8 - y))
    expectClose(await apply(images, { angle: [0.3], chance: [0] }), expected, 2e-6)
  })

  test('shows the fill beyond the image', async () => {
    const apply = await prepare(rotation({ degrees: [45, 45], fill: 0.25 }), shape)
    const turned = reader(await apply(images, { angle: [0.3], chance: [0] }), shape)
    expect([turned(0, 0, 0, 0), turned(0, 0, 8, 8)]).toEqual([0.25, 0.25])
    expect(turned(0, 0, 4, 4)).toBeCloseTo(at(0, 0, 4, 4), 5)
  })
})

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cacheFolder } from '../../runtime/data/cache/folder.ts'
import { describeDataset, openDataset } from '../../runtime/data/open.ts'
import { isStored } from '../../runtime/data/stored/is-stored.ts'
import '../support/own-cache.ts'
import { bytesNpy, bytesOf, counting, npy, npz } from '../support/npy.ts'
import { rowsOf } from '../support/rows-of.ts'
import { writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'
import type { Dataset } from '../../runtime/data/dataset.ts'
import type { OpenOptions } from '../../runtime/data/format.ts'

type Files = Readonly<Record<string, Uint8Array>>
const folderOf = (files: Files): string => writeFiles(temporaryFolder(), files)
const fileOf = (name: string, bytes: Uint8Array): string => join(folderOf({ [name]: bytes }), name)
const openArray = (bytes: Uint8Array, options: OpenOptions = {}) =>
  openDataset(fileOf('x.npy', bytes), 'train', options)
const read = async (dataset: Dataset) => [...(await rowsOf(dataset))]

/** Whether the rows are read from the file itself, not from what was prepared of it. */
const isInPlace = (dataset: Dataset, path: string): boolean =>
  isStored(dataset) &&
  dataset.stored.pieces.every(({ source }) => !(source instanceof Uint8Array) && source.path === path)

const view = (bytes: number, write: (view: DataView) => void): Uint8Array => {
  const room = new DataView(new ArrayBuffer(bytes))
  write(room)
  return new Uint8Array(room.buffer)
}

describe('an array of', () => {
  it('bytes is images of bytes, read where they lie', async () => {
    const path = fileOf('x.npy', bytesNpy([3, 2, 2], counting(12)))
    const dataset = await openDataset(path, 'train')
    expect(dataset).toMatchObject({ name: 'x', count: 3, shape: [1, 2, 2], type: 'uint8' })
    expect([dataset.labels, dataset.classes]).toEqual([undefined, undefined])
    expect(await read(dataset)).toEqual(counting(12))
    expect(isInPlace(dataset, path)).toBe(true)
    expect(describeDataset(dataset)).toBe('x: 3 images of 1 × 2 × 2, no labels')
  })

  it.each<[string, Uint8Array, number[]]>([
    ['<f4', bytesOf(Float32Array.of(-1.5, 0, 1e30, NaN)), [-1.5, 0, Math.fround(1e30), NaN]],
    [
      '>f4',
      view(16, (to) => {
        for (const [i, x] of [-1.5, 0, 0.1, Infinity].entries()) to.setFloat32(4 * i, x)
      }),
      [-1.5, 0, Math.fround(0.1), Infinity],
    ],
    ['<f8', bytesOf(Float64Array.of(0.1, -2, 3, 4)), [Math.fround(0.1), -2, 3, 4]],
    [
      '>f8',
      view(32, (to) => {
        for (let i = 0; i < 4; i++) to.setFloat64(8 * i, i + 0.5)
      }),
      [0.5, 1.5, 2.5, 3.5],
    ],
    // One, minus two, the smallest and the largest number of half precision.
    ['<f2', bytesOf(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff)), [1, -2, 2 ** -24, 65504]],
    ['>f2', Uint8Array.of(0x3c, 0, 0x7c, 0, 0xfc, 0, 0x7e, 0), [1, Infinity, -Infinity, NaN]],
    ['|i1', Uint8Array.of(255, 127, 128, 0), [-1, 127, -128, 0]],
    ['<i2', bytesOf(Int16Array.of(-1, 2, 300, -400)), [-1, 2, 300, -400]],
    ['>i2', Uint8Array.of(255, 255, 0, 2, 1, 44, 0, 0), [-1, 2, 300, 0]],
    ['<u2', bytesOf(Uint16Array.of(65535, 2, 300, 0)), [65535, 2, 300, 0]],
    ['>u2', Uint8Array.of(255, 255, 0, 2, 1, 44, 0, 0), [65535, 2, 300, 0]],
    ['<i4', bytesOf(Int32Array.of(-70000, 2, 3, 4)), [-70000, 2, 3, 4]],
    ['<u4', bytesOf(Uint32Array.of(2 ** 31, 2, 3, 4)), [2 ** 31, 2, 3, 4]],
    ['<i8', bytesOf(BigInt64Array.of(-5n, 6n, 7n, 2n ** 40n)), [-5, 6, 7, 2 ** 40]],
    ['<u8', bytesOf(BigUint64Array.of(5n, 6n, 7n, 2n ** 63n)), [5, 6, 7, 2 ** 63]],
    [
      '>i8',
      view(32, (to) => {
        for (let i = 0; i < 4; i++) to.setBigInt64(8 * i, BigInt(-i))
      }),
      [0, -1, -2, -3],
    ],
    ['|b1', Uint8Array.of(1, 0, 0, 1), [1, 0, 0, 1]],
  ])('%s is rows of float32', async (descr, bytes, values) => {
    const dataset = await openArray(npy(descr, [2, 1, 1, 2], bytes))
    expect(dataset).toMatchObject({ count: 2, type: 'float32', shape: [1, 1, 2] })
    expect(await read(dataset)).toEqual(values)
  })

  it('float32 of this machine is read where it lies, and all other numbers are prepared once', async () => {
    const values = bytesOf(Float32Array.of(1, 2, 3, 4))
    const plain = fileOf('x.npy', npy('<f4', [2, 1, 1, 2], values))
    const turned = fileOf('x.npy', npy('>f4', [2, 1, 1, 2], values))
    expect(isInPlace(await openDataset(plain, 'train'), plain)).toBe(true)
    const kept = () => readdirSync(join(cacheFolder(), 'prepared')).length
    const before = kept()
    expect(isInPlace(await openDataset(turned, 'train'), turned)).toBe(false)
    const after = kept()
    await openDataset(turned, 'train')
    expect([after > before, kept()]).toEqual([true, after])
  })

  it.each([1, 2, 3])('any of the versions of the format is read: %i', async (version) => {
    const dataset = await openArray(npy('|u1', [2, 1, 2], Uint8Array.of(1, 2, 3, 4), { version }))
    expect(await read(dataset)).toEqual([1, 2, 3, 4])
  })

  it('Python 2 is read, which counts with an L', async () => {
    const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 1L, 2L)}"
    expect(await read(await openArray(npy('', [], Uint8Array.of(1, 2, 3, 4), { header })))).toEqual([
      1, 2, 3, 4,
    ])
  })
})

describe('the axes of an array', () => {
  const shapeOf = async (shape: readonly number[], options: OpenOptions = {}, kind = 'numpy') => {
    const size = shape.reduce((product, axis) => product * axis, 1)
    const path = fileOf('x.npy', bytesNpy(shape, counting(size)))
    return (await openDataset(`${kind}:${path}`, 'train', options)).shape
  }

  it.each<[string, number[], number[]]>([
    ['images with channels first', [2, 3, 4, 5], [3, 4, 5]],
    ['images with channels last', [2, 8, 5, 3], [3, 8, 5]],
    ['grey images with channels last', [2, 8, 5, 1], [1, 8, 5]],
    ['images of many channels', [2, 7, 4, 5], [7, 4, 5]],
    ['grey images without an axis of channels', [2, 4, 5], [1, 4, 5]],
    ['flat rows, of which nothing says more', [2, 20], [1, 1, 20]],
  ])('are %s', async (_, axes, shape) => {
    expect(await shapeOf(axes)).toEqual(shape)
  })

  it('are as the program wants them where that fits', async () => {
    expect(await shapeOf([2, 3, 4, 3], { wanted: [3, 4, 3] })).toEqual([3, 4, 3])
    expect(await shapeOf([2, 3, 4, 3], { wanted: [3, 3, 4] })).toEqual([3, 3, 4])
    expect(await shapeOf([2, 4, 5], { wanted: [4, 1, 5] })).toEqual([4, 1, 5])
    expect(await shapeOf([2, 60], { wanted: [3, 4, 5] })).toEqual([3, 4, 5])
  })

  it('that could be read in two ways are refused, and both are named', async () => {
    for (const options of [{}, { wanted: [3, 3, 3] as const }])
      await expect(shapeOf([2, 3, 3, 3], options)).rejects.toThrow(
        /has the shape \(2, 3, 3, 3\): either axis may count channels.*numpy-chw:PATH or numpy-hwc:PATH/s,
      )
    expect(await shapeOf([2, 3, 4, 3], {}, 'numpy-chw')).toEqual([3, 4, 3])
    expect(await shapeOf([2, 3, 4, 3], {}, 'numpy-hwc')).toEqual([3, 3, 4])
  })

  it('of channels that come last are moved to the front', async () => {
    const path = fileOf('x.npy', bytesNpy([1, 2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]))
    for (const kind of ['numpy', 'numpy-hwc'])
      expect(await read(await openDataset(`${kind}:${path}`, 'train'))).toEqual([
        1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12,
      ])
    const floats = Float32Array.of(1, 2, 3, 4, 5, 6)
    expect(await read(await openArray(npy('<f4', [1, 2, 1, 3], bytesOf(floats))))).toEqual([1, 4, 2, 5, 3, 6])
  })

  it('of numbers are signals where one is four times the other: the length, after the channels or before them', async () => {
    const floats = bytesOf(Float32Array.from(counting(16)))
    const [channelsFirst, channelsLast] = [npy('<f4', [1, 2, 8], floats), npy('<f4', [1, 8, 2], floats)]
    const two = await openArray(channelsFirst)
    expect(two).toMatchObject({ count: 1, shape: [2, 1, 8], type: 'float32' })
    expect(await read(two)).toEqual(counting(16))
    expect(describeDataset(two)).toBe('x: 1 signals of 2 × 8, no labels')
    const other = await openArray(channelsLast)
    expect(other.shape).toEqual([2, 1, 8])
    expect((await read(other)).slice(0, 4)).toEqual([0, 2, 4, 6].map((place) => counting(16)[place]))
    expect((await openArray(npy('<f4', [4, 4], floats))).shape).toEqual([1, 1, 4])
  })

  it('of numbers that are about as high as wide are grey images, unless the program wants signals', async () => {
    const square = npy('<f4', [1, 4, 4], bytesOf(Float32Array.from(counting(16))))
    expect((await openArray(square)).shape).toEqual([1, 4, 4])
    await expect(openArray(square, { wanted: [4, 1, 4] })).rejects.toThrow('either axis may count channels')
  })

  it.each([[[]], [[4]], [[1, 1, 1, 1, 4]], [[0, 2, 2]], [[2, 0, 2]]])('%j are refused', async (shape) => {
    const size = shape.reduce((product, axis) => product * axis, 1)
    await expect(openArray(bytesNpy(shape, counting(size)))).rejects.toThrow(
      `has the shape (${shape.join(', ')}), and images are [count, channels, height, width]`,
    )
  })
})

const types = {
  '|u1': Uint8Array,
  '|i1': Int8Array,
  '<i2': Int16Array,
  '<f4': Float32Array,
  '<f8': Float64Array,
}

it('whatever is written is what is read, in a file, stored and packed', async () => {
  const axis = fc.integer({ min: 1, max: 5 })
  const drawn = fc.record({
    shape: fc.tuple(axis, axis, axis, axis),
    descr: fc.constantFrom(...(Object.keys(types) as (keyof typeof types)[])),
    seed: fc.nat(250),
    version: fc.integer({ min: 1, max: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(drawn, async ({ shape, descr, seed, version }) => {
      const values = counting(shape[0] * shape[1] * shape[2] * shape[3], seed).map((x) => x % 128)
      const array = npy(descr, shape, bytesOf(types[descr].from(values)), { version })
      const files = {
        'x.npy': array,
        'a.npz': await npz({ x: array }),
        'b.npz': await npz({ x: array }, { compress: true }),
      }
      const folder = folderOf(files)
      for (const name of Object.keys(files)) {
        const dataset = await openDataset(`numpy-chw:${join(folder, name)}`, 'train')
        expect([dataset.count, ...dataset.shape]).toEqual(shape)
        expect(await read(dataset)).toEqual(values)
      }
    }),
    { numRuns: 60 },
  )
})

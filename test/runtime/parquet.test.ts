import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { requireSoundValues } from '../../runtime/data/formats/parquet/page-values.ts'
import { findData, openDataset } from '../../runtime/data/open.ts'
import { UserError } from '../../src/base/error.ts'
import '../support/own-cache.ts'
import { damaged } from '../support/damage.ts'
import { planes } from '../support/picture.ts'
import { refusal } from '../support/refusal.ts'
import { rowsOf } from '../support/rows-of.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Files that pyarrow wrote: test/reference/parquet.py. */

const files = join(import.meta.dirname, '../reference/parquet')
/** Image n of 2 × 2 in colour, as the script makes it. */
const image = (n: number): number[] => planes(Uint8Array.from({ length: 12 }, (_, i) => (20 * n + i) % 256))
const images = (...numbers: readonly number[]): number[] => numbers.flatMap(image)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
const opened = async (path: string, split: 'train' | 'test' = 'train') => {
  const dataset = await openDataset(join(files, path), split)
  return { dataset, rows: [...(await rowsOf(dataset))] }
}

describe('a column of images is read', () => {
  test.each(['none', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4'])('packed by %s', async (codec) => {
    const { dataset, rows } = await opened(`codecs/${codec}.parquet`)
    expect(dataset).toMatchObject({ name: codec, count: 4, shape: [3, 2, 2], type: 'uint8', classes: 3 })
    expect(dataset.labels).toEqual(Uint32Array.of(0, 1, 2, 0))
    expect(rows).toEqual(images(0, 1, 2, 3))
  })

  test.each(['plain', 'dictionary', 'pages-2', 'groups', 'small-pages', 'delta'])(
    'laid out as %s',
    async (name) => {
      const { dataset, rows } = await opened(`layouts/${name}.parquet`)
      expect([...(dataset.labels ?? [])]).toEqual(upTo(7).map((n) => n % 3))
      expect(rows).toEqual(images(...upTo(7)))
    },
  )

  test.each(['int8', 'uint8', 'int32', 'uint64', 'float64'])('with labels of %s', async (kind) => {
    expect((await opened(`labels/${kind}.parquet`)).dataset.labels).toEqual(Uint32Array.of(0, 1, 2, 0))
  })

  test('that is bytes alone, under another name, with the names of its classes', async () => {
    const { dataset, rows } = await opened('columns/bytes-alone.parquet')
    expect(dataset).toMatchObject({ labels: Uint32Array.of(0, 1, 2), classNames: ['a', 'b', 'c'] })
    expect(rows).toEqual(images(0, 1, 2))
  })

  test.each(['no-labels', 'null-labels'])('without labels: %s', async (name) => {
    expect((await opened(`columns/${name}.parquet`)).dataset).toMatchObject({
      labels: undefined,
      classes: undefined,
    })
  })

  test('with metadata that are no JSON', async () => {
    expect((await opened('columns/odd-metadata.parquet')).dataset).toMatchObject({
      classes: 3,
      classNames: undefined,
    })
  })

  test('to the size of the program', async () => {
    const path = join(files, 'codecs/snappy.parquet')
    expect((await openDataset(path, 'train', { wanted: [1, 4, 4] })).shape).toEqual([1, 4, 4])
  })
})

describe('a folder of several files', () => {
  const copied = (): string => {
    const folder = temporaryFolder()
    cpSync(join(files, 'shards'), folder, { recursive: true })
    return folder
  }

  it('is one data set, file by file, with classes of all splits', async () => {
    expect(await findData(join(files, 'shards'))).toMatchObject({
      kind: 'parquet',
      splits: ['train', 'test'],
    })
    const { dataset, rows } = await opened('shards')
    expect(dataset).toMatchObject({ classes: 4, classNames: ['ant', 'bee', 'cat', 'dog'] })
    expect(dataset.labels).toEqual(Uint32Array.of(0, 1, 2, 0, 1))
    expect(rows).toEqual(images(0, 1, 2, 3, 4))
  })

  it('has no labels where all of them are −1, as of tests that are secret', async () => {
    const { dataset, rows } = await opened('shards', 'test')
    expect(dataset).toMatchObject({ count: 2, labels: undefined, classes: undefined })
    expect(rows).toEqual(images(5, 6))
  })

  it('that lacks one of them is refused, not read in part', async () => {
    const folder = copied()
    rmSync(join(folder, 'data/train-00001-of-00002.parquet'))
    expect(await refusal(openDataset(folder, 'train'))).toContain(
      'train-00000-of-00002.parquet: is one of 2 files, of which 1 are there',
    )
  })

  it('says which splits it has where another is asked for', async () => {
    const folder = copied()
    rmSync(join(folder, 'data/test-00000-of-00001.parquet'))
    expect(await refusal(openDataset(folder, 'test'))).toContain('has no test images, only training images')
  })
})

const written = (bytes: Uint8Array): string => {
  const path = join(temporaryFolder(), 'x.parquet')
  writeFileSync(path, bytes)
  return path
}
const sound = readFileSync(join(files, 'codecs/none.parquet'))
const change = (at: number, ...values: number[]): Buffer => {
  const copy = Buffer.from(sound)
  copy.set(values, at)
  return copy
}
const { length } = sound

describe('is refused, with its path:', () => {
  it.each<[string, string]>([
    ['no-image', 'has the columns text, label, none of which is known to be images'],
    ['null-image', 'row 1: holds no bytes of an image'],
    ['text', 'row 0: holds no bytes of an image'],
    ['one-missing-label', 'the label of row 1 is no whole number from 0'],
    ['text-labels', 'the label of row 0 is no whole number from 0'],
    ['half-labels', 'the label of row 0 is no whole number from 0'],
    ['absurd-label', 'the label of row 1 is no whole number from 0 to 1048575'],
    ['lists', "the column 'label' holds lists"],
    ['empty', 'holds no rows'],
  ])('%s', async (name, told) => {
    const path = join(files, 'wrong', `${name}.parquet`)
    const message = await refusal(openDataset(path, 'train'))
    expect(message).toContain(basename(path))
    expect(message).toContain(told)
  })

  it.each<[string, Uint8Array, string]>([
    ['nothing', Buffer.alloc(0), 'holds 0 bytes, too few for a Parquet file'],
    ['another beginning', change(0, 0x51), 'is no Parquet file: byte 0 is not the beginning of one'],
    ['no end', sound.subarray(0, length - 1), `is cut short: byte ${length - 5} is not the end`],
    ['half of it', sound.subarray(0, length / 2), 'is cut short: byte '],
    [
      'a description longer than the file',
      change(length - 8, 255, 255, 255, 127),
      'is damaged in the description of its columns, at its end',
    ],
    [
      'a description of zeros',
      change(length - 200, ...new Array<number>(150).fill(0)),
      'has a group of NaN rows',
    ],
    [
      'more columns than are described',
      change(sound.indexOf('schema') + 'schema'.length + 1, 0x7e),
      'is damaged in the description of its columns, at its end',
    ],
    [
      'a page without a header',
      change(4, ...new Array<number>(20).fill(0)),
      "is damaged in rows 0 to 3 of 'image': a page at byte 4 does not say what it holds",
    ],
    ['a damaged page', change(4, 255, 255, 255, 255, 255), "is damaged in rows 0 to 3 of 'image'"],
  ])('%s', async (_, bytes, told) => {
    const path = written(bytes)
    const message = await refusal(openDataset(path, 'train'))
    expect(message).toContain(path)
    expect(message).toContain(told)
  })
})

test('a page that announces two billion rows is refused before there is room for them', async () => {
  const plain = readFileSync(join(files, 'layouts/plain.parquet'))
  // The header of the page of labels: a data page of so many bytes, then its 7 rows.
  const page = plain.indexOf(Buffer.of(0x15, 0, 0x15, 0x7c, 0x15, 0x2a, 0x2c, 0x15, 0x0e))
  const bytes = [
    plain.subarray(0, page + 8),
    Buffer.of(0xfe, 0xff, 0xff, 0xff, 0x0f),
    plain.subarray(page + 9),
  ]
  expect(await refusal(openDataset(written(Buffer.concat(bytes)), 'train'))).toContain(
    `is damaged in rows 0 to 6 of 'label': a page at byte ${page} announces 2147483647 of 7 rows`,
  )
})

test('a run of more levels than there are rows is refused before there is room for them', async () => {
  // The length of the levels, then a run of 4 times level 1: of 63 times.
  const levels = sound.indexOf(Buffer.of(2, 0, 0, 0, 8, 1))
  expect(await refusal(openDataset(written(change(levels + 4, 0x7e)), 'train'))).toContain(
    'a run announces 63 values, and 4 are missing',
  )
})

/** 2³¹ − 1, as it is written where it says how long a run is of one value. */
const endless = [0xfe, 0xff, 0xff, 0xff, 0x0f] as const
/** Blocks of 128 values in 4 parts, 3 values in all, the first 0 and each `step` more: zigzag, so twice as large. */
const threeValues = (step: number) => [0x80, 1, 4, 3, 0, 2 * step, 0, 0, 0, 0]

test.each<[string, string, readonly number[], string]>([
  ['a run', 'RLE_DICTIONARY', [3, ...endless, 1], 'a run announces 2147483647 values, and 3 are missing'],
  ['a run of places of no bits', 'RLE_DICTIONARY', [0, 0xff, 0x7f], 'a run announces 65528 values'],
  ['places of 40 bits', 'PLAIN_DICTIONARY', [40, 6, 1], 'a value takes 40 bits'],
  ['a run that is cut short', 'RLE_DICTIONARY', [3], 'it is cut short'],
  ['parts of a block', 'DELTA_BINARY_PACKED', [0x80, 1, ...endless], 'blocks of 128 values announce '],
  ['no parts', 'DELTA_LENGTH_BYTE_ARRAY', [0x80, 1, 0, 3, 0], 'blocks of 128 values announce 0 parts'],
  ['an encoding of numbers', 'ALP', [], 'its values are written as ALP, which is not read'],
])('of a page of 3 values, %s is refused before anything is made of it', (_, encoding, bytes, told) => {
  const given = { encoding, type: 'BYTE_ARRAY', count: 3 } as const
  expect(() => {
    requireSoundValues(Uint8Array.from(bytes), given)
  }).toThrow(told)
})

test('values that share more than a file explains are refused, and others are not', () => {
  const page = (step: number) => Uint8Array.from([...threeValues(step), ...threeValues(1), 1])
  const given = { encoding: 'DELTA_BYTE_ARRAY', type: 'BYTE_ARRAY', count: 3 } as const
  requireSoundValues(page(1), given)
  const long = Uint8Array.from([0x80, 1, 4, 3, 0, 0x80, 0x80, 0x80, 0x80, 1, 0, 0, 0, 0])
  expect(() => {
    requireSoundValues(long, given)
  }).toThrow(/values share 402653184 bytes, and are written in 14/)
})

/** A file that is described by these bytes, and holds nothing else. */
function describedBy(...parts: readonly Uint8Array[]): string {
  const footer = Buffer.concat(parts)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(footer.length)
  return written(Buffer.concat([Buffer.from('PAR1'), footer, length, Buffer.from('PAR1')]))
}
const times = (count: number, ...bytes: number[]): Uint8Array =>
  Buffer.alloc(count * bytes.length, Buffer.of(...bytes))
/** 33 million and 8 million, as Thrift writes numbers. */
const [many, millions] = [
  [0xc0, 0x95, 0xde, 0x0f],
  [0x80, 0xa4, 0xe8, 0x03],
] as const

test.each<[string, readonly Uint8Array[], string]>([
  ['lists in lists', [Buffer.of(0x19), times(20, 0xf9, ...many)], 'it announces 33000128 items, and '],
  ['one list of what is not there', [Buffer.of(0x19, 0xf9, ...many)], 'it announces 33000128 items, and 0'],
  [
    'lists in lists that are there',
    [Buffer.of(0x19), times(40, 0x19)],
    'it nests more than 32 lists and structures',
  ],
  [
    'millions of empty structures',
    [Buffer.of(0x19, 0xfc, ...millions), times(8_000_001, 0)],
    'it holds more than any table is described with',
  ],
  [
    'a number without end',
    [Buffer.of(0x16), times(400_000, 0xff), Buffer.of(1, 0)],
    'it holds a number of more than 10 bytes',
  ],
  ['a field that no table has', [Buffer.of(0x05, 0xff, 0xff, 0x7f, 0)], 'it has a field number '],
])('a description of %s is refused before anything is made of it', async (_, parts, told) => {
  expect(await refusal(openDataset(describedBy(...parts), 'train'))).toContain(
    `is damaged in the description of its columns, at its end: ${told}`,
  )
})

test('a column within a column, thousands of times, is refused', async () => {
  // Of each, that it has one child (5, zigzag) and is called x (4).
  const nested = times(8000, 0x48, 1, 0x78, 0x15, 2, 0)
  const metadata = [Buffer.of(0x15, 2, 0x19, 0xfc, 0xc0, 0x3e), nested, Buffer.of(0x16, 2, 0x19, 0x0c, 0)]
  expect(await refusal(openDataset(describedBy(...metadata), 'train'))).toContain(
    'it nests more than 32 columns',
  )
})

test.each(['codecs/none', 'codecs/snappy', 'layouts/pages-2'])(
  'whatever is changed in %s, it is refused or read, without more memory than it should take',
  async (name) => {
    const before = process.memoryUsage().rss
    await fc.assert(
      fc.asyncProperty(damaged(readFileSync(join(files, `${name}.parquet`))), async ({ bytes }) => {
        try {
          const dataset = await openDataset(written(bytes), 'train')
          expect(await rowsOf(dataset)).toHaveLength(dataset.count * 12)
        } catch (error) {
          if (!(error instanceof UserError)) throw error
        }
      }),
      { numRuns: 50 },
    )
    expect(process.memoryUsage().rss - before).toBeLessThan(700e6)
  },
)

import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { openDataset } from '../../runtime/data/open.ts'
import { refusal } from '../support/refusal.ts'
import { rowsOf } from '../support/rows-of.ts'
import { IDX_NAMES, idx, writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** IDX files with a fourth axis: channels, last as image libraries write them, or first. */

const [trainImages, testImages] = ['train-images-idx4-ubyte', 't10k-images-idx4-ubyte'] as const
const { trainLabels, testLabels } = IDX_NAMES
const labels = { [trainLabels]: idx([2], Uint8Array.of(1, 0)), [testLabels]: idx([1], Uint8Array.of(1)) }

/** Numbers that tell a value's channel, row and column. */
const plain = (count: number, [channels, height, width]: readonly [number, number, number], start = 0) =>
  Uint8Array.from({ length: count * channels * height * width }, (_, i) => start + i)
const byPixel = (rows: Uint8Array, channels: number, pixels: number): Uint8Array =>
  rows.map((_, i) => {
    const [image, rest] = [Math.floor(i / (channels * pixels)), i % (channels * pixels)]
    return rows[image * channels * pixels + (rest % channels) * pixels + Math.floor(rest / channels)] ?? 0
  })

const colour = [3, 2, 5] as const
const [train, test] = [plain(2, colour), plain(1, colour, 100)]
const last = {
  [trainImages]: idx([2, 2, 5, 3], byPixel(train, 3, 10)),
  [testImages]: idx([1, 2, 5, 3], byPixel(test, 3, 10)),
}
const first = { [trainImages]: idx([2, 3, 2, 5], train), [testImages]: idx([1, 3, 2, 5], test) }

const opened = async (files: Record<string, Uint8Array>, split: 'train' | 'test' = 'train') => {
  const dataset = await openDataset(writeFiles(temporaryFolder(), files), split)
  return { shape: dataset.shape, labels: dataset.labels, rows: await rowsOf(dataset) }
}

describe('IDX files of colour', () => {
  it.each([
    ['last', last],
    ['first', first],
  ])('open with channels %s to the same images', async (_, files) => {
    const facts = { shape: colour, labels: Uint32Array.of(1, 0), rows: train }
    expect(await opened({ ...files, ...labels })).toEqual(facts)
    const packed = Object.entries(files).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)] as const)
    expect(await opened({ ...Object.fromEntries(packed), ...labels })).toEqual(facts)
    expect(await opened({ ...files, ...labels }, 'test')).toEqual({
      ...{ shape: colour, labels: Uint32Array.of(1), rows: test },
    })
  })

  it.each([
    [
      [4, 4, 4],
      [4, 4, 4],
    ],
    [
      [2, 7, 1],
      [1, 2, 7],
    ],
    [
      [3, 9, 4],
      [4, 3, 9],
    ],
    [
      [1, 6, 7],
      [1, 6, 7],
    ],
  ] as const)('of %o have channels last where they could be either: %o', async (axes, shape) => {
    const rows = plain(1, shape)
    const pixels = shape[1] * shape[2]
    const isLast = axes[2] === shape[0]
    const files = { [trainImages]: idx([1, ...axes], isLast ? byPixel(rows, shape[0], pixels) : rows) }
    expect(await opened(files)).toMatchObject({ shape, rows })
  })
})

describe('what is wrong with IDX files of colour is told with their path:', () => {
  const told = (files: Record<string, Uint8Array>) => {
    const folder = writeFiles(temporaryFolder(), files)
    return refusal(openDataset(folder, 'train')).then((message) => message.replaceAll(`${folder}/`, ''))
  }

  it('no axis that counts channels', async () => {
    const files = { ...labels, [trainImages]: idx([2, 5, 6, 7], new Uint8Array(420)) }
    expect(await told(files)).toContain(
      `${trainImages}: its images are 5 × 6 × 7, and no axis counts 1, 3 or 4 channels`,
    )
  })

  it('cut short, or longer than they say', async () => {
    const whole = last[trainImages]
    expect(await told({ ...last, ...labels, [trainImages]: whole.subarray(0, -1) })).toContain(
      `${trainImages}: holds 79 bytes, and 2 × 2 × 5 × 3 values need 80: it is cut short`,
    )
    expect(await told({ ...last, ...labels, [trainImages]: whole.subarray(0, 17) })).toContain(
      'holds 17 bytes, and the header alone has 20',
    )
    expect(await told({ ...last, ...labels, [trainImages]: Buffer.concat([whole, whole]) })).toContain(
      'something was appended',
    )
  })

  it('a header of other axes than the name says', async () => {
    const grey = idx([2, 2, 5], new Uint8Array(20))
    expect(await told({ ...last, ...labels, [trainImages]: grey })).toContain(
      `${trainImages}: starts with 0x00000803 (0x00000804 expected)`,
    )
    expect(await told({ ...labels, [IDX_NAMES.trainImages]: last[trainImages] })).toContain(
      `${IDX_NAMES.trainImages}: starts with 0x00000804 (0x00000803 expected)`,
    )
  })

  it('test images that are grey, or of another size', async () => {
    const training = { ...labels, [trainImages]: last[trainImages] }
    const grey = { ...training, [IDX_NAMES.testImages]: idx([1, 2, 5], new Uint8Array(10)) }
    expect(await told(grey)).toContain('its images are 2 × 5, those of train-images-idx4-ubyte 3 × 2 × 5')
    const narrow = { ...last, ...labels, [testImages]: idx([1, 2, 4, 3], new Uint8Array(24)) }
    expect(await told(narrow)).toContain('its images are 3 × 2 × 4, those of')
  })

  it('grey and colour at the same time', async () => {
    const grey = idx([2, 2, 5], new Uint8Array(20))
    const both = { ...labels, [trainImages]: last[trainImages], [IDX_NAMES.trainImages]: grey }
    expect(await told(both)).toContain(
      `${trainImages}: differs from ${IDX_NAMES.trainImages}, which is there, too`,
    )
  })
})

describe('IDX images without any labels', () => {
  const grey = {
    [IDX_NAMES.trainImages]: idx([2, 2, 5], plain(2, [1, 2, 5])),
    [IDX_NAMES.testImages]: idx([1, 2, 5], plain(1, [1, 2, 5], 50)),
  }

  it('open without labels and classes', async () => {
    const folder = writeFiles(join(temporaryFolder(), 'plain'), grey)
    for (const [split, count] of [
      ['train', 2],
      ['test', 1],
    ] as const)
      expect(await openDataset(folder, split)).toMatchObject({
        ...{ name: 'plain', count, classes: undefined, labels: undefined },
      })
  })

  it('must be of one size nevertheless, and be some', async () => {
    const other = { ...grey, [IDX_NAMES.testImages]: idx([1, 5, 2], plain(1, [1, 5, 2])) }
    const folder = writeFiles(temporaryFolder(), other)
    expect(await refusal(openDataset(folder, 'train'))).toContain('its images are 5 × 2, those of')
    const none = writeFiles(temporaryFolder(), { [IDX_NAMES.trainImages]: idx([0, 2, 5], Buffer.alloc(0)) })
    expect(await refusal(openDataset(none, 'train'))).toContain('holds no images (0 × 2 × 5)')
  })

  it('are not those of which only the test images have labels', async () => {
    const folder = writeFiles(temporaryFolder(), { ...grey, [testLabels]: idx([1], Uint8Array.of(0)) })
    expect(await refusal(openDataset(folder, 'train'))).toContain('but no training labels')
  })
})

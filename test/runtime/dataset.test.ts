import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { openDataset } from '../../runtime/data/open.ts'
import { channelStatistics } from '../../runtime/data/statistics.ts'
import { UserError } from '../../src/base/error.ts'
import { writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'

const committed = fileURLToPath(new URL('../../data/fashion-mnist', import.meta.url))

describe('the committed subset of Fashion-MNIST', () => {
  it.each([
    ['train', 6000, 600],
    ['test', 1000, 100],
  ] as const)('has the same number of %s images of every class', (split, count, perClass) => {
    const dataset = openDataset(committed, split)
    expect(dataset).toMatchObject({
      name: 'fashion-mnist',
      count,
      channels: 1,
      height: 28,
      width: 28,
      classes: 10,
    })
    expect(dataset).toMatchObject({ mean: [0.286], std: [0.353] })
    expect(dataset.images.length).toBe(count * 28 * 28)
    const perLabel = new Array<number>(10).fill(0)
    for (const label of dataset.labels) perLabel[label] = (perLabel[label] ?? 0) + 1
    expect(perLabel).toEqual(new Array(10).fill(perClass))
  })

  it('looks like the whole: its own statistics are near the usual ones', () => {
    const { mean, std } = channelStatistics(openDataset(committed, 'train').images, 1, 28 * 28)
    expect(mean[0]).toBeCloseTo(0.286, 2)
    expect(std[0]).toBeCloseTo(0.353, 2)
  })
})

describe('channel statistics', () => {
  it('are taken over all images, for each channel on its own', () => {
    const images = Uint8Array.from([0, 0, 255, 0, 255, 255, 51, 51])
    const { mean, std } = channelStatistics(images, 2, 2)
    expect(mean).toEqual([expect.closeTo(0.5), expect.closeTo(0.35)])
    expect(std[0]).toBeCloseTo(0.5, 12)
    expect(std[1]).toBeCloseTo(Math.sqrt((0.65 ** 2 + 0.35 ** 2 + 2 * 0.15 ** 2) / 4), 12)
  })
})

describe('opening a data set', () => {
  it('says which folder is missing', () => {
    const path = join(temporaryFolder(), 'missing')
    expect(() => openDataset(path, 'train')).toThrow(UserError)
    expect(() => openDataset(path, 'train')).toThrow(`no folder ${path}`)
  })

  it('says that a file is not a folder', () => {
    const folder = writeFiles(temporaryFolder(), { 'train.bin': 'x' })
    expect(() => openDataset(join(folder, 'train.bin'), 'train')).toThrow('is a file, not a folder')
  })

  it('lists what it looked for where it knows nothing', () => {
    const folder = writeFiles(temporaryFolder(), { data_batch_1: 'the Python version', 'notes.txt': '' })
    const open = () => openDataset(folder, 'train')
    expect(open).toThrow(UserError)
    expect(open).toThrow(`no data set that Hebb knows in ${folder}`)
    expect(open).toThrow('IDX: train-images-idx3-ubyte[.gz]')
    expect(open).toThrow('cifar-10: data_batch_1.bin, ')
    expect(open).toThrow('cifar-100: train.bin, test.bin, here or in cifar-100-binary/')
    expect(open).toThrow('"binary version"')
  })
})

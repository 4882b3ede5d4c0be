import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openDataset } from '../../runtime/data/open.ts'
import { UserError } from '../../src/base/error.ts'
import { cifarRecords, writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'

const cifar10Files = (): Record<string, Buffer> => ({
  'data_batch_1.bin': cifarRecords([[1], [2], [3]]),
  'data_batch_2.bin': cifarRecords([[4]]),
  'data_batch_3.bin': cifarRecords([[5]]),
  'data_batch_4.bin': cifarRecords([[6]]),
  'data_batch_5.bin': cifarRecords([[9], [0]]),
  'test_batch.bin': cifarRecords([[8]]),
})
const cifar100Files = (): Record<string, Buffer> => ({
  'train.bin': cifarRecords([
    [19, 99],
    [0, 5],
  ]),
  'test.bin': cifarRecords([[3, 42]]),
})

describe('CIFAR-10 in its binary version', () => {
  it('opens with all five batches in order, of whatever length', () => {
    const dataset = openDataset(writeFiles(temporaryFolder(), cifar10Files()), 'train')
    expect(dataset).toMatchObject({
      name: 'cifar-10',
      count: 8,
      channels: 3,
      height: 32,
      width: 32,
      classes: 10,
    })
    expect([...dataset.labels]).toEqual([1, 2, 3, 4, 5, 6, 9, 0])
    const firstPixels = Array.from({ length: 8 }, (_, image) => dataset.images[image * 3072])
    const lastPixels = Array.from({ length: 8 }, (_, image) => dataset.images[image * 3072 + 3071])
    expect(firstPixels).toEqual([0, 1, 2, 0, 0, 0, 0, 1])
    expect(lastPixels).toEqual(firstPixels)
  })

  it('has the statistics of the paper', () => {
    const { mean, std } = openDataset(writeFiles(temporaryFolder(), cifar10Files()), 'test')
    expect(mean.map((value) => value * 255)).toEqual(
      [125.3, 123.0, 113.9].map((value) => expect.closeTo(value) as number),
    )
    expect(std.map((value) => value * 255)).toEqual(
      [63.0, 62.1, 66.7].map((value) => expect.closeTo(value) as number),
    )
  })

  it('is found in the folder of its archive too', () => {
    const folder = temporaryFolder()
    writeFiles(join(folder, 'cifar-10-batches-bin'), cifar10Files())
    expect([...openDataset(folder, 'test').labels]).toEqual([8])
  })

  it('reads files of more records than it holds at a time', () => {
    const labels = Array.from({ length: 2500 }, (_, record) => [record % 10])
    const folder = writeFiles(temporaryFolder(), {
      ...cifar10Files(),
      'test_batch.bin': cifarRecords(labels),
    })
    const { count, images, labels: read } = openDataset(folder, 'test')
    expect(count).toBe(2500)
    expect([...read]).toEqual(labels.flat())
    expect([999, 1000, 2499].map((image) => images[image * 3072 + 5])).toEqual([
      999 % 256,
      1000 % 256,
      2499 % 256,
    ])
  })
})

describe('CIFAR-100 in its binary version', () => {
  it('opens with the fine labels', () => {
    const folder = temporaryFolder()
    writeFiles(join(folder, 'cifar-100-binary'), cifar100Files())
    const train = openDataset(folder, 'train')
    expect(train).toMatchObject({ name: 'cifar-100', count: 2, classes: 100 })
    expect([...train.labels]).toEqual([99, 5])
    expect([train.images[0], train.images[3072]]).toEqual([0, 1])
    expect([...openDataset(folder, 'test').labels]).toEqual([42])
  })
})

describe('a damaged CIFAR file is refused with its path:', () => {
  const opening = (changed: Record<string, Buffer>) => {
    const folder = writeFiles(temporaryFolder(), { ...cifar10Files(), ...changed })
    return { folder, open: () => openDataset(folder, 'train') }
  }

  it('cut short in a record', () => {
    const { folder, open } = opening({ 'data_batch_3.bin': cifarRecords([[1], [2]]).subarray(0, 5000) })
    expect(open).toThrow(UserError)
    expect(open).toThrow(
      `${join(folder, 'data_batch_3.bin')}: holds 5000 bytes, not a multiple of the 3073 of a record (1927 too many)`,
    )
  })

  it('empty', () => {
    expect(opening({ 'data_batch_3.bin': Buffer.alloc(0) }).open).toThrow('data_batch_3.bin: is empty')
  })

  it('with a label that is no class', () => {
    const { open } = opening({ 'data_batch_1.bin': cifarRecords([[1], [10]]) })
    expect(open).toThrow('data_batch_1.bin: label 10 of record 1 is out of range: cifar-10 has 10 classes')
  })

  it('one of the five batches that is missing', () => {
    const folder = writeFiles(temporaryFolder(), cifar10Files())
    rmSync(join(folder, 'data_batch_4.bin'))
    expect(() => openDataset(folder, 'train')).toThrow(/^cannot read .*data_batch_4\.bin: no such file/)
    expect(openDataset(folder, 'test').count).toBe(1)
  })
})

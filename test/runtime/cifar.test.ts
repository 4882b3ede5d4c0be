import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openDataset } from '../../runtime/data/open.ts'
import { gatherRows } from '../../runtime/batches/rows.ts'
import { UserError } from '../../src/base/error.ts'
import { rowsOf } from '../support/rows-of.ts'
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
  it('opens with all five batches in order, of whatever length', async () => {
    const dataset = await openDataset(writeFiles(temporaryFolder(), cifar10Files()), 'train')
    expect(dataset).toMatchObject({
      name: 'cifar-10',
      count: 8,
      shape: [3, 32, 32],
      type: 'uint8',
      classes: 10,
    })
    expect(dataset.labels).toEqual(Uint32Array.of(1, 2, 3, 4, 5, 6, 9, 0))
    const rows = await rowsOf(dataset)
    const firstPixels = Array.from({ length: 8 }, (_, image) => rows[image * 3072])
    const lastPixels = Array.from({ length: 8 }, (_, image) => rows[image * 3072 + 3071])
    expect(firstPixels).toEqual([0, 1, 2, 0, 0, 0, 0, 1])
    expect(lastPixels).toEqual(firstPixels)
  })

  it('calls its classes by the names beside it, if there are any', async () => {
    const names = Array.from({ length: 10 }, (_, label) => `class ${label}`)
    const files = { ...cifar10Files(), 'batches.meta.txt': `${names.join('\n')}\n\n` }
    const named = await openDataset(writeFiles(temporaryFolder(), files), 'train')
    expect(named.classNames).toEqual(names)
  })

  it('is found in the folder of its archive too', async () => {
    const folder = temporaryFolder()
    writeFiles(join(folder, 'cifar-10-batches-bin'), cifar10Files())
    expect((await openDataset(folder, 'test')).labels).toEqual(Uint32Array.of(8))
  })

  it('reads files of more records than it holds at a time', async () => {
    const labels = Array.from({ length: 2500 }, (_, record) => [record % 10])
    const folder = writeFiles(temporaryFolder(), {
      ...cifar10Files(),
      'test_batch.bin': cifarRecords(labels),
    })
    const dataset = await openDataset(folder, 'test')
    expect(dataset.count).toBe(2500)
    expect(dataset.labels).toEqual(Uint32Array.from(labels.flat()))
    const { data } = await gatherRows(dataset, Uint32Array.of(2499, 999, 1000))
    expect([0, 1, 2].map((row) => data[row * 3072 + 5])).toEqual([2499 % 256, 999 % 256, 1000 % 256])
  })
})

describe('CIFAR-100 in its binary version', () => {
  it('opens with the fine labels', async () => {
    const folder = temporaryFolder()
    writeFiles(join(folder, 'cifar-100-binary'), cifar100Files())
    const train = await openDataset(folder, 'train')
    expect(train).toMatchObject({ name: 'cifar-100', count: 2, classes: 100 })
    expect(train.labels).toEqual(Uint32Array.of(99, 5))
    const rows = await rowsOf(train)
    expect([rows[0], rows[3072]]).toEqual([0, 1])
    expect((await openDataset(folder, 'test')).labels).toEqual(Uint32Array.of(42))
  })
})

describe('a damaged CIFAR file is refused with its path:', () => {
  const opening = (changed: Record<string, Buffer>) => {
    const folder = writeFiles(temporaryFolder(), { ...cifar10Files(), ...changed })
    return { folder, open: () => openDataset(folder, 'train') }
  }

  it('cut short in a record', async () => {
    const { folder, open } = opening({ 'data_batch_3.bin': cifarRecords([[1], [2]]).subarray(0, 5000) })
    await expect(open()).rejects.toThrow(UserError)
    await expect(open()).rejects.toThrow(
      `${join(folder, 'data_batch_3.bin')}: holds 5000 bytes, not a multiple of the 3073 of a record (1927 too many)`,
    )
  })

  it('empty', async () => {
    await expect(opening({ 'data_batch_3.bin': Buffer.alloc(0) }).open()).rejects.toThrow(
      'data_batch_3.bin: is empty',
    )
  })

  it('with a label that is no class', async () => {
    const { open } = opening({ 'data_batch_1.bin': cifarRecords([[1], [10]]) })
    await expect(open()).rejects.toThrow(
      'data_batch_1.bin: label 10 of record 1 (byte 3073) is out of range: cifar-10 has 10 classes',
    )
  })

  it('one of the five batches that is missing', async () => {
    const folder = writeFiles(temporaryFolder(), cifar10Files())
    rmSync(join(folder, 'data_batch_4.bin'))
    await expect(openDataset(folder, 'train')).rejects.toThrow(
      /^cannot read .*data_batch_4\.bin: no such file/,
    )
    expect((await openDataset(folder, 'test')).count).toBe(1)
  })
})

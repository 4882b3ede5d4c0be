import { execFileSync } from 'node:child_process'
import { closeSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findData, openDataset } from '../../runtime/data/open.ts'
import { gatherRows } from '../../runtime/batches/rows.ts'
import { refusal } from '../support/refusal.ts'
import { rowsOf } from '../support/rows-of.ts'
import { stlFiles, stlImage, stlRecords, writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'
import type { Split } from '../../runtime/data/dataset.ts'

const IMAGE = 3 * 96 * 96

type Files = Record<string, Uint8Array>
const folderWith = (changed: Files = {}): string =>
  writeFiles(temporaryFolder(), { ...stlFiles(), ...changed })

const images = (...numbers: readonly number[]) => Uint8Array.from(numbers.flatMap((n) => [...stlImage(n)]))

describe('STL-10 in its binary version', () => {
  it.each<[Split, number[], Uint32Array | undefined]>([
    ['unlabelled', [3, 4, 5], undefined],
    ['train', [0, 1], Uint32Array.of(9, 0)],
    ['test', [2], Uint32Array.of(3)],
  ])(
    'opens its %s images, which lie column by column, with classes from 1',
    async (split, numbers, labels) => {
      const dataset = await openDataset(folderWith(), split)
      expect(dataset).toMatchObject({
        name: 'stl-10',
        count: numbers.length,
        shape: [3, 96, 96],
        type: 'uint8',
      })
      expect([dataset.classes, dataset.labels]).toEqual([10, labels])
      expect(Buffer.compare(Uint8Array.from(await rowsOf(dataset)), images(...numbers))).toBe(0)
    },
  )

  it('has the names of the classes, and the ten folds of its training images', async () => {
    const folder = folderWith()
    const { folds, classNames } = await openDataset(folder, 'train')
    expect(folds).toEqual([...Array.from({ length: 9 }, () => Uint32Array.of(0, 1)), Uint32Array.of(1)])
    expect(classNames?.slice(0, 2)).toEqual(['airplane', 'bird'])
    for (const split of ['unlabelled', 'test'] as const)
      expect((await openDataset(folder, split)).folds).toBeUndefined()
  })

  it('may do without folds, names, and splits', async () => {
    const { 'test_X.bin': pixels, 'test_y.bin': labels } = stlFiles()
    const folder = writeFiles(temporaryFolder(), { 'test_X.bin': pixels, 'test_y.bin': labels })
    expect((await findData(folder)).splits).toEqual(['test'])
    expect(await openDataset(folder, 'test')).toMatchObject({ count: 1, classNames: undefined })
  })

  it('is found in the folder of its archive too', async () => {
    const folder = temporaryFolder()
    writeFiles(join(folder, 'stl10_binary'), stlFiles())
    expect(await findData(folder)).toMatchObject({
      ...{ kind: 'stl10', path: join(folder, 'stl10_binary') },
      splits: ['unlabelled', 'train', 'test'],
    })
  })

  it('is read where it lies: of a file over 2 GiB, only the rows that are wanted', async () => {
    const folder = folderWith({ 'unlabeled_X.bin': Buffer.alloc(0) })
    const count = Math.ceil((2.2 * 2 ** 30) / IMAGE)
    const path = join(folder, 'unlabeled_X.bin')
    truncateSync(path, count * IMAGE)
    const file = openSync(path, 'r+')
    writeSync(file, stlRecords(7, 8), 0, 2 * IMAGE, (count - 2) * IMAGE)
    closeSync(file)
    const before = process.memoryUsage().rss
    const dataset = await openDataset(folder, 'unlabelled')
    expect(dataset.count).toBe(count)
    const { data } = await gatherRows(dataset, Uint32Array.of(count - 1, 0, count - 2))
    const wanted = [stlImage(8), new Uint8Array(IMAGE), stlImage(7)]
    expect(Buffer.compare(Uint8Array.from(data as Uint8Array), Buffer.concat(wanted))).toBe(0)
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6)
  })
})

describe('a damaged file of STL-10 is refused with its path:', () => {
  const text = (lines: readonly string[]) => Buffer.from(lines.join('\n'))
  const folds = (change: string) => text([...Array.from({ length: 9 }, () => '0 1'), change])

  it.each<[string, Files, Split, string]>([
    [
      'cut short in an image',
      { 'train_X.bin': stlRecords(0, 1).subarray(0, 30_000) },
      'train',
      'train_X.bin: holds 30000 bytes, not a multiple of the 27648 of an image: it is cut short after byte 27648',
    ],
    ['empty', { 'unlabeled_X.bin': Buffer.alloc(0) }, 'unlabelled', 'unlabeled_X.bin: holds 0 bytes'],
    [
      'a label 0, as of classes counted from 0',
      { 'train_y.bin': Buffer.of(3, 0) },
      'train',
      'train_y.bin: label 0 at byte 1 is out of range: classes are 1 to 10',
    ],
    [
      'a label beyond 10',
      { 'test_y.bin': Buffer.of(11) },
      'test',
      'test_y.bin: label 11 at byte 0 is out of',
    ],
    [
      'fewer labels than images',
      { 'train_y.bin': Buffer.of(1) },
      'train',
      'train_y.bin: holds 1 labels for 2',
    ],
    [
      'more labels than images',
      { 'test_y.bin': Buffer.of(1, 1) },
      'test',
      'test_y.bin: holds 2 labels for 1',
    ],
    ['nine folds', { 'fold_indices.txt': text(Array<string>(9).fill('0')) }, 'train', 'holds 9 lines, and'],
    [
      'an image in a fold that there is not',
      { 'fold_indices.txt': folds('0 2') },
      'train',
      "fold_indices.txt: line 10: '2' is no number of one of 2 images",
    ],
    ['a word in a fold', { 'fold_indices.txt': folds('0 -1') }, 'train', "line 10: '-1' is no number"],
    [
      'an empty fold',
      { 'fold_indices.txt': text(['', ...Array<string>(9).fill('0')]) },
      'train',
      "line 1: ''",
    ],
    [
      'nine names',
      { 'class_names.txt': text(Array<string>(9).fill('cat')) },
      'train',
      'and there are 10 classes',
    ],
    ['names in no UTF-8', { 'class_names.txt': Buffer.of(0xff, 0xfe) }, 'test', 'class_names.txt'],
  ])('%s', async (_, changed, split, told) => {
    const folder = folderWith(changed)
    const message = await refusal(openDataset(folder, split))
    expect(message).toContain(told)
    expect(message).toContain(join(folder, Object.keys(changed)[0] ?? ''))
  })

  it.each<[string, Split]>([
    ['train_X.bin', 'train'],
    ['train_y.bin', 'train'],
    ['test_y.bin', 'test'],
    ['unlabeled_X.bin', 'unlabelled'],
  ])('%s that is missing', async (name, split) => {
    const folder = folderWith()
    rmSync(join(folder, name))
    expect(await refusal(openDataset(folder, split))).toContain(
      `${folder}: has some files of STL-10, but no ${name}`,
    )
  })

  it.runIf(process.platform !== 'win32').each(['train_X.bin', 'train_y.bin'])(
    'a pipe in place of %s',
    async (name) => {
      const folder = folderWith()
      rmSync(join(folder, name))
      execFileSync('mkfifo', [join(folder, name)])
      expect(await refusal(openDataset(folder, 'train'))).toContain('it is a pipe, not a file')
    },
  )
})

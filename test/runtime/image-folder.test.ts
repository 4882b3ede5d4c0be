import { rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findData, openDataset, openSplit } from '../../runtime/data/open.ts'
import '../support/own-cache.ts'
import { mistake } from '../support/mistake.ts'
import { jpeg, pixelsOf, planes, png, type Picture } from '../support/picture.ts'
import { rowsOf } from '../support/rows-of.ts'
import { writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'
import type { OpenOptions } from '../../runtime/data/format.ts'

type Files = Readonly<Record<string, Uint8Array | string | Picture>>

/** A folder of files by their paths; pictures are written as PNG, unless their name says JPEG. */
async function folderOf(files: Files): Promise<string> {
  const folder = temporaryFolder()
  for (const [path, content] of Object.entries(files)) {
    const parts = path.split('/')
    const isFile = typeof content === 'string' || content instanceof Uint8Array
    const bytes = isFile ? content : await (/jpe?g$/i.test(path) ? jpeg(content) : png(content))
    writeFiles(join(folder, ...parts.slice(0, -1)), { [parts.at(-1) ?? '']: bytes })
  }
  return folder
}
const train = (folder: string, options?: OpenOptions) => openDataset(folder, 'train', options)

const usual: Files = {
  'train/cat/b.png': { from: 10 },
  'train/cat/a.png': { from: 20 },
  'train/Dog/x.PNG': { from: 30 },
  'train/Dog/more/y.png': { from: 40 },
  'test/cat/t.png': { from: 50 },
}

describe('a folder of images by split and class', () => {
  it('is read in the order of its paths, with its classes in the order of their letters', async () => {
    const folder = await folderOf(usual)
    expect(await findData(folder)).toMatchObject({ kind: 'folder', splits: ['train', 'test'] })
    const dataset = await train(folder)
    expect(dataset).toMatchObject({
      name: basename(folder),
      ...{ count: 4, shape: [3, 4, 4], type: 'uint8', classes: 2, classNames: ['Dog', 'cat'] },
      labels: Uint32Array.of(0, 0, 1, 1),
    })
    expect([...(await rowsOf(dataset))]).toEqual(
      [40, 30, 20, 10].flatMap((from) => planes(pixelsOf({ from }))),
    )
  })

  it('has the same classes in all splits', async () => {
    const dataset = await openDataset(await folderOf(usual), 'test')
    expect(dataset).toMatchObject({ classes: 2, classNames: ['Dog', 'cat'], labels: Uint32Array.of(1) })
  })

  it('is read likewise as `Training` and `val`, and leaves aside what is no image', async () => {
    const folder = await folderOf({
      'Training/cat/1.png': {},
      'Training/cat/._1.png': 'of a Mac',
      'Training/cat/Thumbs.db': 'of Windows',
      'Training/cat/notes.txt': 'a note',
      'Training/empty/readme.md': 'none',
      'val/cat/1.png': {},
      LICENSE: 'free',
    })
    const notices: string[] = []
    const source = await findData(folder)
    await openSplit(source, 'train', { onNotice: (notice) => notices.push(notice) })
    expect(source.splits).toEqual(['train', 'test'])
    expect(source.odd()).toEqual([
      'LICENSE: no image',
      'Training/cat/notes.txt: no image',
      'Training/empty/readme.md: no image',
      'Training/empty/: a folder without images, which is no class',
    ])
    expect(notices).toEqual([`${folder}: left aside Training/cat/notes.txt: no image and 2 more`])
  })

  it('takes `val` to test with where `test` has no classes, and says what is not read', async () => {
    const source = await findData(
      await folderOf({ ...usual, 'val/cat/v.png': { from: 9 }, 'test/cat/t.png': '' }),
    )
    expect(source.odd()).toEqual(['val/: not read, since there are other images to test with'])
    const other = await findData(await folderOf({ 'train/a/1.png': {}, 'test/1.png': {}, 'val/a/1.png': {} }))
    expect((await openSplit(other, 'test')).labels).toEqual(Uint32Array.of(0))
  })

  it('follows links', async () => {
    const [folder, elsewhere] = [await folderOf(usual), await folderOf({ 'bird.png': { from: 1 } })]
    symlinkSync(elsewhere, join(folder, 'train', 'bird'))
    expect((await train(folder)).classNames).toEqual(['Dog', 'bird', 'cat'])
  })
})

describe('a folder of images', () => {
  it('by class alone is what is trained on', async () => {
    const source = await findData(await folderOf({ 'a/1.png': {}, 'b/2.png': {} }))
    expect(source.splits).toEqual(['train'])
    expect((await openSplit(source, 'train')).labels).toEqual(Uint32Array.of(0, 1))
  })

  it('without classes has no labels', async () => {
    const dataset = await train(await folderOf({ '1.png': {}, '2.jpg': {} }))
    expect(dataset).toMatchObject({ count: 2, labels: undefined, classes: undefined })
  })

  it('may have unlabelled images in folders of any depth', async () => {
    const folder = await folderOf({ ...usual, 'unlabelled/part1/deep/1.png': {}, 'unlabelled/2.png': {} })
    expect((await findData(folder)).splits).toEqual(['unlabelled', 'train', 'test'])
    expect(await openDataset(folder, 'unlabelled')).toMatchObject({ count: 2, labels: undefined })
  })

  it('of several sizes is decoded to the size that is wanted, grey where that is', async () => {
    const folder = await folderOf({
      '1.png': { width: 9, height: 5 },
      '2.png': { channels: 1 },
      '3.jpg': { width: 8 },
    })
    expect((await train(folder, { wanted: [3, 4, 4] })).shape).toEqual([3, 4, 4])
    expect((await train(folder, { wanted: [1, 2, 2] })).shape).toEqual([1, 2, 2])
    const told = await mistake(() => train(folder))
    expect(told).toContain('have 3 sizes')
    expect(told).toContain('5 × 9: 1 image')
    expect(told).toContain('--size 96')
    expect(await mistake(() => train(folder, { wanted: [2, 4, 4] }))).toContain(
      'images have 1 or 3 channels, and 2',
    )
  })

  it('has one channel of its own accord where all are grey', async () => {
    expect((await train(await folderOf({ '1.png': { channels: 1 } }))).shape).toEqual([1, 4, 4])
    expect((await train(await folderOf({ '1.png': { channels: 1 }, '2.png': {} }))).shape).toEqual([3, 4, 4])
  })
})

describe('images are decoded once', () => {
  const opened = async (folder: string) => {
    const done: string[] = []
    const dataset = await train(folder, { onProgress: ({ what }) => done.push(what) })
    return { dataset, wasDecoded: done.includes(join(folder, 'train')) }
  }

  it('and again where one was written to, renamed or removed', async () => {
    const folder = await folderOf({ ...usual, 'train/cat/only here.png': { from: 111 } })
    const image = join(folder, 'train', 'cat', 'a.png')
    expect((await opened(folder)).wasDecoded).toBe(true)
    expect((await opened(folder)).wasDecoded).toBe(false)
    utimesSync(image, 1, 1)
    expect((await opened(folder)).wasDecoded).toBe(false)
    writeFileSync(image, await png({ from: 99 }))
    const { dataset, wasDecoded } = await opened(folder)
    expect(wasDecoded).toBe(true)
    expect([...(await rowsOf(dataset)).subarray(2 * 48, 3 * 48)]).toEqual(planes(pixelsOf({ from: 99 })))
    rmSync(image)
    expect((await opened(folder)).dataset.count).toBe(4)
  })

  it('and shared by folders of equal content, each with its name', async () => {
    const [one, two] = [await folderOf(usual), await folderOf(usual)]
    await opened(one)
    const { dataset, wasDecoded } = await opened(two)
    expect([wasDecoded, dataset.name]).toEqual([false, basename(two)])
  })
})

describe('is refused, with its name:', () => {
  it.each<[string, Files, string, OpenOptions?]>([
    [
      'text that is called an image',
      { ...usual, 'train/cat/0.jpg': 'not found' },
      "train/cat/0.jpg: is no image: it begins with 'not found'",
    ],
    [
      'BMP',
      { ...usual, 'train/cat/0.bmp': 'BM0000000000' },
      'train/cat/0.bmp: is a BMP image, which is not read',
    ],
    [
      'images both beside classes and in them',
      { 'a/1.png': {}, '2.png': {} },
      'holds images both in folders and beside them',
    ],
    [
      'two folders for one split',
      { 'train/1.png': {}, 'training/1.png': {} },
      'holds both train and training',
    ],
    [
      'a folder of nothing but damaged images',
      { 'a/1.png': 'x', 'a/2.png': 'y' },
      '2 of its images cannot be read',
    ],
  ])('%s', async (_, files, told) => {
    const folder = await folderOf(files)
    expect(await mistake(() => train(folder))).toContain(told)
  })

  it('a class of the test images that nothing is trained on', async () => {
    const folder = await folderOf({ ...usual, 'test/catt/1.png': {} })
    const told = await mistake(() => openDataset(folder, 'test'))
    expect(told).toContain(`${join(folder, 'test/catt/1.png')}: its class 'catt' is none of those`)
    expect(told).toContain("did you mean 'cat'?")
  })

  it('every damaged image at once; they are left out where that is asked for, and by later runs', async () => {
    const whole = await png({ width: 40, height: 40 })
    const folder = await folderOf({ 'a/1.png': whole, 'a/2.png': whole.subarray(0, 200), 'a/3.png': 'x' })
    const told = await mistake(() => train(folder))
    expect(told).toContain('2 of its images cannot be read')
    expect(told).toContain('2.png: cannot be decoded')
    expect(told).toContain('3.png: is no image')
    expect(await train(folder, { skipOdd: true })).toMatchObject({ count: 1, labels: Uint32Array.of(0) })
    expect((await train(folder)).leftOut).toHaveLength(2)
  })

  it.runIf(process.platform !== 'win32')('links that lead in a circle', async () => {
    const folder = await folderOf(usual)
    symlinkSync('..', join(folder, 'train', 'cat', 'again'))
    expect(await mistake(() => train(folder))).toContain('its links lead in a circle')
  })

  it('a folder of other things', async () => {
    const folder = await folderOf({ 'a/notes.txt': 'x', 'movie.mp4': 'y' })
    expect(await mistake(() => train(folder))).toContain('no data set that Hebb knows')
  })
})

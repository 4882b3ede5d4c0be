import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fingerprint } from '../../runtime/data/cache/fingerprint.ts'
import { labelsOf, subset } from '../../runtime/data/dataset.ts'
import { dataset, type DatasetOptions } from '../../runtime/data/make-dataset.ts'
import { findData, openDataset } from '../../runtime/data/open.ts'
import { readMetrics } from '../../runtime/files/metrics.ts'
import { runFiles } from '../../runtime/files/run-folder.ts'
import { train, type Progress } from '../../runtime/train/train.ts'
import { UserError } from '../../src/base/error.ts'
import { refusal } from '../support/refusal.ts'
import { rowsOf } from '../support/rows-of.ts'
import { writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { tinyDataset, tinyImages, tinyLabels, writeTinyBundle, writeTinyDataset } from './tiny-bundle.ts'

/** Data sets that a user's own code reads. */

const own = (change: Partial<DatasetOptions> = {}): DatasetOptions => ({
  name: 'mine',
  count: 3,
  shape: [1, 2, 2],
  labels: [0, 2, 1],
  read: (indices, into) => {
    indices.forEach((index, row) => into.fill(10 * index, 4 * row, 4 * row + 4))
  },
  ...change,
})

describe('dataset({ … })', () => {
  test('is rows that are read when they are wanted, with as many classes as labels say', async () => {
    const made = dataset(own())
    expect(made).toMatchObject({ name: 'mine', count: 3, shape: [1, 2, 2], type: 'uint8', classes: 3 })
    expect(made.labels).toEqual(Uint32Array.of(0, 2, 1))
    expect([...(await rowsOf(subset(made, Uint32Array.of(2, 0))))]).toEqual([20, 20, 20, 20, 0, 0, 0, 0])
  })

  test('may be of signals, [channels, length], of numbers, and without labels', () => {
    const { name, count, read } = own()
    const made = dataset({ name, count, shape: [2, 100], type: 'float32', read })
    expect(made).toMatchObject({ shape: [2, 1, 100], type: 'float32', classes: undefined, labels: undefined })
    expect(() => labelsOf(made, 'this')).toThrow('mine has no labels, and this needs them')
  })

  test('may say how many classes there are, or what they are called', () => {
    expect(dataset(own({ classes: 7 }))).toMatchObject({ classes: 7, classNames: undefined })
    expect(dataset(own({ classes: ['cat', 'dog', 'eel'] }))).toMatchObject({
      ...{ classes: 3, classNames: ['cat', 'dog', 'eel'] },
    })
  })

  test('is never asked for a row that there is not', () => {
    const asked: number[] = []
    const made = dataset(own({ read: (indices) => void asked.push(...indices) }))
    expect(() => made.read(Uint32Array.of(0, 3), new Uint8Array(8))).toThrow(RangeError)
    expect(asked).toEqual([])
  })

  const refused = (options: object) => {
    try {
      dataset({ ...own(), ...options })
    } catch (error) {
      if (error instanceof UserError) return `${error.name}: ${error.message}`
      throw error
    }
    return 'nothing was refused'
  }
  test.each<[string, object, string]>([
    ['an option that is misspelt', { lables: [0] }, 'lables'],
    ['no name', { name: '' }, 'dataset: name '],
    ['no rows', { count: 0 }, 'dataset: count '],
    ['half a row', { count: 1.5 }, 'dataset: count '],
    ['more rows than are counted', { count: 2 ** 32 }, 'dataset: count '],
    ['a shape of one axis', { shape: [4] }, 'dataset: shape'],
    ['an axis of 0', { shape: [1, 0, 2] }, 'dataset: shape'],
    ['another type', { type: 'int32' }, 'dataset: type '],
    ['labels that are none', { labels: 3 }, 'dataset: labels '],
    ['no reader', { read: undefined }, 'dataset: read '],
    ['fewer labels than rows', { labels: [0, 1] }, "data set 'mine' has 2 labels for 3 rows"],
    [
      'half a label',
      { labels: [0, 0.5, 1] },
      "data set 'mine': label 0.5 of row 1 is no whole number from 0",
    ],
    ['a label below 0', { labels: [0, 1, -1] }, 'label -1 of row 2 is no whole number'],
    ['a label beyond the classes', { classes: 2 }, 'label 2 of row 1 is out of range: it has 2 classes'],
    [
      'a label without a name',
      { classes: ['cat', 'dog'] },
      'label 2 of row 1 is out of range: it has 2 classes',
    ],
  ])('refuses %s by name', (_, options, told) => {
    expect(refused(options)).toContain('DataError: ')
    expect(refused(options)).toContain(told)
  })
})

/** A module of a user, as plain JavaScript: the halves of the tiny data set, each read on its own. */
const module = `
const rows = ${JSON.stringify([...tinyImages()])}
const labels = Uint32Array.from(${JSON.stringify([...tinyLabels()])})
const made = (name, count, change = {}) => ({
  name, count, shape: [1, 2, 2], type: 'uint8', classes: 2, labels: labels.slice(0, count),
  read: async (indices, into) => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 3))
    indices.forEach((index, row) => into.set(rows.slice(4 * index, 4 * index + 4), 4 * row))
  },
  ...change,
})
export const dataset = made('object', 10)
export const later = async () => made('function', 10)
export const both = { train: made('train', 10), test: () => made('test', 4) }
export const none = { train: made('train', 10), tset: made('test', 4) }
export const numbers = 7
export const wrong = () => ({ name: 'wrong' })
export const failing = () => { throw new Error('the disk is gone') }
export const breaking = made('breaking', 10, { read: () => { throw new Error('row lost') } })
export default dataset
`
const written = (content = module) => join(writeFiles(temporaryFolder(), { 'mine.mjs': content }), 'mine.mjs')

describe('a module that exports a data set', () => {
  test.each([
    ['mine.mjs#dataset', '#dataset', 'train', 'object', 10],
    ['a default export', '', 'train', 'object', 10],
    ['a function', '#later', 'train', 'function', 10],
    ['one of both splits', '#both', 'train', 'train', 10],
    ['the other, by a function', '#both', 'test', 'test', 4],
  ] as const)('is opened: %s', async (_, which, split, name, count) => {
    const opened = await openDataset(`${written()}${which}`, split)
    expect(opened).toMatchObject({ name, count, shape: [1, 2, 2], classes: 2 })
    const first = subset(
      tinyDataset(),
      Uint32Array.from({ length: count }, (__, row) => row),
    )
    expect(await rowsOf(opened)).toEqual(await rowsOf(first))
    expect(await fingerprint(opened)).toBe(await fingerprint(first))
  })

  test('says which splits it has', async () => {
    const file = written()
    expect((await findData(`${file}#both`)).splits).toEqual(['train', 'test'])
    expect(await findData(`${file}#later`)).toMatchObject({ kind: 'own', splits: ['train'] })
  })

  test.each([
    ['no such file', (file: string) => file.replace('mine', 'yours'), 'FileError: no file '],
    ['no such export', (file: string) => `${file}#datset`, "no such thing as the export 'datset' of "],
    ['an export that is a number', (file: string) => `${file}#numbers`, "the export 'numbers' of "],
    ['a split that is misspelt', (file: string) => `${file}#none`, 'is no data set'],
    ['a function of something else', (file: string) => `${file}#wrong`, 'has no data set for train'],
  ])('is told what is wrong with it: %s', async (_, change, told) => {
    expect(await refusal(openDataset(change(written()), 'train'))).toContain(told)
  })

  test('is told what it exports, where an export is missing', async () => {
    const told = await refusal(openDataset(`${written()}#datset`, 'train'))
    expect(told).toContain('it exports ')
    expect(told).toContain('later')
  })

  test('that has no test images says so when they are wanted', async () => {
    expect(await refusal(openDataset(`${written()}#dataset`, 'test'))).toContain('has no data set for test')
  })

  test.each([
    ['cannot be parsed', 'export const dataset = {', 'cannot be loaded: '],
    ['throws', "throw new TypeError('on its own')", 'cannot be loaded: TypeError: on its own'],
    ['exports nothing', '', 'it exports nothing'],
  ])('that %s is told with its path', async (_, content, told) => {
    const file = written(content)
    const message = await refusal(openDataset(`${file}#dataset`, 'train'))
    expect(message).toContain(file)
    expect(message).toContain(told)
  })

  test('whose function fails throws what it threw, with the line where it did', async () => {
    const file = written()
    const error: unknown = await openDataset(`${file}#failing`, 'train').catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      message: 'the disk is gone',
      stack: expect.stringContaining(file) as string,
    })
  })
})

describe('training on a data set of one’s own', () => {
  const left = (folder: string) => {
    const { metrics, checkpoint } = runFiles(folder)
    const lines = readMetrics(metrics).map(({ step, rate, losses }) => ({ step, rate, losses }))
    return { lines, checkpoint: readFileSync(checkpoint) }
  }
  const given = (data: string, prepareAhead: number) => {
    const root = temporaryFolder()
    const bundle = writeTinyBundle(join(root, 'bundle'))
    const settings = { steps: 12, seed: 1, threads: 1, checkpointEvery: 4, prepareAhead }
    return { bundle, data, out: join(root, 'run'), ...settings }
  }
  const trained = async (data: string, prepareAhead: number) => {
    const options = given(data, prepareAhead)
    await train(options)
    return left(options.out)
  }

  test('comes to the same bits as on the same images in IDX files, batches ahead or not', async () => {
    const file = written()
    const files = await trained(writeTinyDataset(temporaryFolder()), 0)
    for (const which of ['dataset', 'later', 'both'])
      for (const ahead of [0, 2]) expect(await trained(`${file}#${which}`, ahead)).toEqual(files)
  })

  test('killed, it goes on to the same bits', async () => {
    const file = written()
    const options = given(`${file}#later`, 2)
    const onProgress = ({ step }: Progress) => {
      if (step === 6) throw new Error('killed')
    }
    await expect(train({ ...options, onProgress })).rejects.toThrow('killed')
    // A module is code: it is run where it is named.
    const { out, data } = options
    await train({ out, data, resume: true, checkpointEvery: 4, threads: 1, prepareAhead: 2 })
    expect(left(options.out)).toEqual(await trained(file, 0))
  })

  test.each([0, 2])('ends with what its reader said, with %i batches ahead', async (ahead) => {
    await expect(train(given(`${written()}#breaking`, ahead))).rejects.toThrow('row lost')
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { pack } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { readPickle } from '../../runtime/data/formats/cifar-python/pickle.ts'
import { findData, openDataset, openSplit } from '../../runtime/data/open.ts'
import '../support/own-cache.ts'
import { mistake } from '../support/mistake.ts'
import { rowsOf } from '../support/rows-of.ts'
import { writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Pickles of noise, as test/reference/cifar-python.py writes them. */
const pickle = (name: string): Buffer =>
  readFileSync(new URL(`../reference/cifar-python/${name}`, import.meta.url))
type Files = Record<string, Uint8Array>

const batches = ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5']
const filesOf = (kind: string, names: readonly string[]): Files =>
  Object.fromEntries(names.map((name) => [name, pickle(`${kind}-${name}`)]))
const cifar10 = () => filesOf('cifar10', [...batches, 'test_batch', 'batches.meta'])
const cifar100 = () => filesOf('cifar100', ['train', 'test', 'meta'])

const IMAGES = 2
const noise = (file: number): Uint8Array =>
  Uint8Array.from({ length: IMAGES * 3072 }, (_, place) => {
    const [n, i] = [Math.floor(place / 3072), place % 3072]
    return (7 * i + 31 * n + 101 * file) % 256
  })

/** A tar archive; what has no content is a link to a file that nobody should read. */
async function tar(files: Readonly<Record<string, Uint8Array | undefined>>): Promise<Buffer> {
  const archive = pack()
  for (const [name, content] of Object.entries(files))
    if (content) archive.entry({ name }, Buffer.from(content))
    else archive.entry({ name, type: 'symlink', linkname: '/etc/hostname' })
  archive.finalize()
  const parts: Buffer[] = []
  for await (const part of archive) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
const below = (folder: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]))
/** In another order than they are read, as in the original. */
const backwards = (files: Files): Files => Object.fromEntries(Object.entries(files).reverse())
const archive10 = async () => gzipSync(await tar(backwards(below('cifar-10-batches-py', cifar10()))))

const folderOf = (files: Readonly<Record<string, Uint8Array | string>>) =>
  writeFiles(temporaryFolder(), files)

async function isNoise(path: string): Promise<void> {
  const dataset = await openDataset(path, 'train')
  expect(dataset).toMatchObject({ name: 'cifar-10', count: 10, shape: [3, 32, 32], classes: 10 })
  expect(dataset.classNames?.slice(0, 3)).toEqual(['airplane', 'automobile', 'bird'])
  expect(dataset.labels).toEqual(Uint32Array.of(0, 9, 1, 8, 2, 7, 3, 6, 4, 5))
  const rows = await rowsOf(dataset)
  for (const [file] of batches.entries())
    expect(rows.subarray(file * IMAGES * 3072, (file + 1) * IMAGES * 3072)).toEqual(noise(file))
  const test = await openDataset(path, 'test')
  expect(test.labels).toEqual(Uint32Array.of(5, 4))
  expect(await rowsOf(test)).toEqual(noise(5))
}

describe('CIFAR-10 for Python', () => {
  it('is read unpacked: its folder, or the one around it', async () => {
    const around = temporaryFolder()
    const folder = writeFiles(join(around, 'cifar-10-batches-py'), cifar10())
    expect(await findData(around)).toMatchObject({ kind: 'cifar10-python', path: folder })
    await isNoise(folder)
    await isNoise(around)
  })

  it('is read from its archive: the file, or the folder around it', async () => {
    const folder = folderOf({ 'cifar-10-python.tar.gz': await archive10() })
    const archive = join(folder, 'cifar-10-python.tar.gz')
    expect(await findData(folder)).toMatchObject({ kind: 'cifar10-python', path: archive })
    await isNoise(archive)
    await isNoise(folder)
  })

  it('is read from an archive that was unpacked by gunzip', async () => {
    await isNoise(
      join(
        folderOf({ 'cifar-10-python.tar': await tar(below('./cifar-10-batches-py', cifar10())) }),
        'cifar-10-python.tar',
      ),
    )
  })

  it('is one data set where the archive still lies beside what was unpacked', async () => {
    const folder = folderOf({ 'cifar-10-python.tar.gz': await archive10() })
    writeFiles(join(folder, 'cifar-10-batches-py'), cifar10())
    expect((await findData(folder)).path).toBe(join(folder, 'cifar-10-batches-py'))
  })

  it('says how many images are prepared', async () => {
    const files = { ...cifar10(), test_batch: pickle('cifar10-data_batch_3') }
    const told: [number, number][] = []
    const source = await findData(folderOf(files))
    await openSplit(source, 'test', { onProgress: ({ done, total }) => told.push([done, total]) })
    expect(told).toEqual([
      [1, 2],
      [2, 2],
    ])
  })
})

it('CIFAR-100 for Python has its fine labels and their names', async () => {
  const archive = gzipSync(await tar(below('cifar-100-python', cifar100())))
  for (const path of [folderOf(cifar100()), folderOf({ 'cifar-100-python.tar.gz': archive })]) {
    const dataset = await openDataset(path, 'train')
    expect(dataset).toMatchObject({
      name: 'cifar-100',
      count: 2,
      classes: 100,
      labels: Uint32Array.of(99, 0),
    })
    expect(dataset.classNames?.[99]).toBe('fine 99')
    expect(await rowsOf(dataset)).toEqual(noise(0))
  }
})

it.each([
  'python3-protocol2',
  'python3-protocol3',
  'python3-protocol4',
  'python3-protocol5',
  'python3-text-keys',
])('what Python 3 writes of the same is the same: %s', async (name) => {
  const folder = folderOf({ ...cifar10(), test_batch: pickle(name) })
  const dataset = await openDataset(folder, 'test')
  expect(dataset.labels).toEqual(Uint32Array.of(0, 9))
  expect(await rowsOf(dataset)).toEqual(noise(0))
})

describe('is refused, with its name:', () => {
  const whole = pickle('cifar10-test_batch')
  const ops = (...parts: (string | readonly number[])[]): Buffer =>
    Buffer.concat(
      parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
    )

  /** What NumPy writes of an array of nothing. */
  const arrayOf = (rows: string, columns: string, isFortran: string): string =>
    `cnumpy.core.multiarray\n_reconstruct\n)R(K\x01${rows}${columns}\x86cnumpy\ndtype\nU\x02u1\x85R${isFortran}U\0tb`
  /** A list twice in a list, and so on. */
  const doubled = (levels: number): string =>
    `]K\x01a${Array.from({ length: levels }, (_, n) => String.fromCharCode(100 + n))
      .map((place) => `q${place}h${place}\x86`)
      .join('')}`

  it.each<[string, Uint8Array | undefined, string]>([
    ['a missing batch', undefined, 'has no test_batch'],
    [
      'an empty file',
      Buffer.alloc(0),
      'test_batch: is no pickle of a batch of CIFAR: Unexpected end of file',
    ],
    ['a pickle cut short', whole.subarray(0, 3000), '(at byte 3000)'],
    ['a text', Buffer.from('<html>'), 'op 0x3c is none of plain data (at byte 0)'],
    ['a pickle of protocol 0', pickle('protocol0'), 'is none of plain data'],
    ['a pickle of a number', ops('\x80\x02K\x01.'), 'is a pickle of something else'],
    [
      'a pickle of other things',
      pickle('cifar10-batches.meta'),
      "has no array 'data': it has 'num_cases_per_batch', ",
    ],
    ['a batch of CIFAR-100', pickle('cifar100-test'), "has no list 'labels': it has 'filenames', "],
    [
      'a label that is none',
      ops(whole.subarray(0, -1).toString('latin1').replace('K\x05K\x04e', 'K\x05K\x0ae'), '.'),
      "'labels' of image 1 is 10: there are 10 classes",
    ],
    [
      'other numbers than bytes',
      ops(whole.toString('latin1').replace('U\x02u1', 'U\x02f8')),
      'an array of other numbers than bytes',
    ],
    [
      'a call of the system',
      ops('\x80\x02cposix\nsystem\nU\x04echo\x85R.'),
      "it asks for 'posix.system', which is not plain data (at byte 16)",
    ],
    ['a class', ops('\x80\x02(cos\nsystem\no.'), "it asks for 'os.system'"],
    ['an instance', ops('\x80\x02(ios\nsystem\n.'), 'op 0x69 is none of plain data'],
    ['a list that holds itself as the name of a field', ops('\x80\x02}(]q\x00h\x00aK\x01u.'), 'has no array'],
    [
      'rows without number of nothing, by columns',
      ops(
        whole.toString('latin1').slice(0, -1),
        `U\x04data${arrayOf('\x8a\x08\0\0\0\0\0\0\x10\0', 'K\0', '\x88')}s.`,
      ),
      'holds an array of 4503599627370496 × 0',
    ],
    [
      'a label that is a list of lists, doubled 40 times',
      ops(
        whole
          .subarray(0, -1)
          .toString('latin1')
          .replace('K\x05K\x04e', `K\x05${doubled(40)}e`),
        '.',
      ),
      "'labels' of image 1 is no number: there are 10 classes",
    ],
    ['millions of lists', Buffer.alloc(2_000_001, ']'), 'it takes more than 2000000 ops'],
    ['an array that is called with too much', ops('\x80\x02cnumpy\nndarray\n)R.'), 'made in another way'],
  ])('%s', async (_, content, told) => {
    const files = cifar10()
    if (content) files.test_batch = content
    else delete files.test_batch
    const folder = folderOf(files)
    const found = await findData(folder)
    const work = content ? () => openSplit(found, 'test') : async () => found.open('test', {})
    expect(await mistake(work)).toContain(told)
  })

  it('a coarse label that CIFAR-100 has not', async () => {
    const train = ops(pickle('cifar100-train').toString('latin1').replace('K\x13K\x00e', 'K\x14K\x00e'))
    expect(await mistake(() => openDataset(folderOf({ ...cifar100(), train }), 'train'))).toContain(
      "'coarse_labels' of image 0 is 20: there are 20 classes",
    )
  })

  it.each([0, 0.01, 0.5, 0.99])('an archive of which only so much is there: %d', async (part) => {
    const archive = await archive10()
    const length = Math.floor(part * archive.length)
    const path = join(
      folderOf({ 'cifar-10-python.tar.gz': archive.subarray(0, length) }),
      'cifar-10-python.tar.gz',
    )
    expect(await mistake(() => openDataset(path, 'train'))).toMatch(
      /is empty|is a damaged archive, near byte \d+/,
    )
  })

  it('an archive that ends between its files, is something else, or holds links in their place', async () => {
    const others = cifar10()
    delete others.test_batch
    const open = async (content: Uint8Array) =>
      mistake(() =>
        openDataset(join(folderOf({ 'cifar-10-python.tar.gz': content }), 'cifar-10-python.tar.gz'), 'test'),
      )
    expect(await open(await tar(below('cifar-10-batches-py', others)))).toContain('has no test_batch')
    expect(await open(Buffer.alloc(4096, 'no tar archive '))).toContain('is a damaged archive')
    const linked = { ...below('cifar-10-batches-py', others), 'cifar-10-batches-py/test_batch': undefined }
    expect(await open(await tar(linked))).toContain('has no test_batch')
  })
})

it('whatever is changed in a pickle, it is refused or read, and nothing else happens', () => {
  const sound = pickle('cifar10-batches.meta')
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      (changes) => {
        const bytes = Uint8Array.from(sound)
        for (const [at, value] of changes) bytes[at] = value
        try {
          readPickle(bytes, 'meta')
        } catch (error) {
          expect(error).toMatchObject({ name: 'DataError' })
        }
        expect(Object.keys(Object.prototype)).toEqual([])
      },
    ),
    { numRuns: 300 },
  )
})

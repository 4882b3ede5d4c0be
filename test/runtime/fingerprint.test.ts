import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { fingerprintOfFile, WORTH_KEEPING } from '../../runtime/data/cache/file-hash.ts'
import { fingerprint } from '../../runtime/data/cache/fingerprint.ts'
import { labelsOf, subset } from '../../runtime/data/dataset.ts'
import { openDataset } from '../../runtime/data/open.ts'
import { inMemory } from '../../runtime/data/stored/in-memory.ts'
import { rowsOf } from '../support/rows-of.ts'
import { cifarRecords, IDX_NAMES, idx, idxFiles, stlFiles, writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A SHA-256 of all rows and labels tells a data set from another one, wherever it lies. */

const SIDE = 1024
let cache = ''
beforeEach(() => {
  cache = join(temporaryFolder(), 'cache')
  vi.stubEnv('HEBB_CACHE', cache)
})
afterEach(() => {
  vi.unstubAllEnvs()
})
const kept = () => readdirSync(join(cache, 'hashes')).map((name) => join(cache, 'hashes', name))

describe('the fingerprint of a data set', () => {
  test('is that of the same rows and labels in memory', async () => {
    const five = Object.fromEntries(
      [1, 2, 3, 4, 5].map((n) => [`data_batch_${n}.bin`, cifarRecords([[n], [0]])]),
    )
    for (const files of [idxFiles(), five]) {
      const dataset = await openDataset(writeFiles(temporaryFolder(), files), 'train')
      const { shape } = dataset
      const labels = labelsOf(dataset, 'this')
      const plain = inMemory({ name: 'any', rows: await rowsOf(dataset), shape, labels })
      expect(await fingerprint(dataset)).toBe(await fingerprint(plain))
    }
  })

  test('is made of rows as they lie: of columns, the same wherever they do', async () => {
    const hashOf = async (files: ReturnType<typeof stlFiles>) =>
      fingerprint(await openDataset(writeFiles(temporaryFolder(), files), 'train'))
    const files = stlFiles()
    const changed = Buffer.from(files['train_X.bin'])
    changed.writeUInt8(255 - changed.readUInt8(5), 5)
    expect(await hashOf(files)).toBe(await hashOf(stlFiles()))
    expect(await hashOf({ ...files, 'train_X.bin': changed })).not.toBe(await hashOf(files))
  })

  test('is another one for other rows, another order, other labels, none, and some of them', async () => {
    const rows = Uint8Array.of(1, 2, 3, 4, 5, 6)
    const given = { name: 'any', rows, shape: [1, 1, 2] as const, labels: [0, 1, 1] }
    const all = inMemory(given)
    const others = [
      all,
      inMemory({ ...given, rows: Uint8Array.of(1, 2, 3, 4, 5, 7) }),
      inMemory({ ...given, labels: [1, 1, 0] }),
      inMemory({ ...given, labels: undefined }),
      subset(all, Uint32Array.of(0, 2, 1)),
      subset(all, Uint32Array.of(0, 1)),
    ]
    const hashes = await Promise.all(others.map((each) => fingerprint(each)))
    expect(new Set(hashes).size).toBe(others.length)
  })

  test('takes nothing from the cache and leaves nothing there where there is little to add up', async () => {
    await fingerprint(await openDataset(writeFiles(temporaryFolder(), idxFiles()), 'train'))
    expect(readdirSync(join(cache, '..'))).toEqual([])
  })
})

describe('of what is large, it is kept until the file is written to again:', () => {
  const large = () => {
    const count = WORTH_KEEPING / SIDE ** 2
    const header = idx([count, SIDE, SIDE], new Uint8Array())
    const folder = writeFiles(temporaryFolder(), { [IDX_NAMES.trainImages]: header })
    const path = join(folder, IDX_NAMES.trainImages)
    truncateSync(path, header.length + WORTH_KEEPING)
    return { folder, path, hash: async () => fingerprint(await openDataset(folder, 'train')) }
  }
  const write = (path: string) => {
    const file = openSync(path, 'r+')
    writeSync(file, Buffer.of(1), 0, 1, 1000)
    closeSync(file)
  }

  test('of rows in files', async () => {
    const { folder, path, hash } = large()
    const first = await hash()
    expect(kept().map((name) => readFileSync(name, 'utf8'))).toEqual([first])
    const mark = 'ab'.repeat(32)
    for (const name of kept()) writeFileSync(name, mark)
    // Not added up again.
    expect(await hash()).toBe(mark)
    // Some of its rows are not the file's.
    const some = subset(await openDataset(folder, 'train'), Uint32Array.of(0))
    expect(await fingerprint(some)).not.toBe(mark)
    write(path)
    // Whatever its time says: what writes a file may set it.
    utimesSync(path, 0, 0)
    const second = await hash()
    expect([first, mark]).not.toContain(second)
    for (const name of kept()) writeFileSync(name, 'torn')
    expect(await hash()).toBe(second)
  })

  test('of a whole file, and of how it is decoded', () => {
    const { path } = large()
    const [one, other] = [fingerprintOfFile(path, 'one way'), fingerprintOfFile(path, 'another')]
    expect(one).not.toBe(other)
    expect(kept()).toHaveLength(1)
    expect(fingerprintOfFile(path, 'one way')).toBe(one)
    write(path)
    expect(fingerprintOfFile(path, 'one way')).not.toBe(one)
  })

  test('a cache that cannot be written costs time alone', async () => {
    const { folder } = large()
    const dataset = await openDataset(folder, 'train')
    const file = join(temporaryFolder(), 'file')
    writeFileSync(file, '')
    vi.stubEnv('HEBB_CACHE', file)
    expect(await fingerprint(dataset)).toMatch(/^[0-9a-f]{64}$/)
    expect(readFileSync(file, 'utf8')).toBe('')
  })
})

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { giveAllBack } from '../../src/base/held.ts'
import { fingerprint } from '../../runtime/data/cache/fingerprint.ts'
import { cacheFolder } from '../../runtime/data/cache/folder.ts'
import { kept } from '../../runtime/data/cache/kept.ts'
import { prepared } from '../../runtime/data/cache/prepared.ts'
import { inMemory } from '../../runtime/data/stored/in-memory.ts'
import { withoutRights } from '../files/without-rights.ts'
import { refusal } from '../support/refusal.ts'
import { rowsOf } from '../support/rows-of.ts'
import { temporaryFolder } from './temporary-folder.ts'
import type { Decoded, Preparation } from '../../runtime/data/cache/preparation.ts'
import type { Preparing } from '../../runtime/data/format.ts'

/** What is decoded is decoded once, into a file of the cache that all runs share. */

const KEY = 'c0'.repeat(32)
let cache = ''
beforeEach(() => {
  cache = join(temporaryFolder(), 'cache')
  vi.stubEnv('HEBB_CACHE', cache)
})
afterEach(() => {
  vi.unstubAllEnvs()
})
const at = (name: string) => join(cache, 'prepared', name)
const files = () => readdirSync(join(cache, 'prepared')).sort()

const rows: readonly Decoded[] = [
  { row: Uint8Array.of(1, 2, 3, 4), label: 2 },
  { row: Uint8Array.of(5, 6, 7, 8), label: 0 },
  { row: Uint8Array.of(9, 0, 1, 2), label: 1 },
]
const same = inMemory({
  name: 'three',
  rows: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2),
  shape: [1, 2, 2],
  labels: [2, 0, 1],
})

/** Counts how often something is decoded. */
const decoding = (decoded: readonly Decoded[] = rows, change: Partial<Preparation> = {}) => {
  const made = { times: 0 }
  const preparation: Preparation = {
    ...{ key: KEY, name: 'three', shape: [1, 2, 2], type: 'uint8', classes: 3, total: decoded.length },
    ...{ classNames: ['cat', 'dog', 'eel'], what: 'three.tar' },
    rows: function* () {
      made.times++
      yield* decoded
    },
    ...change,
  }
  return { made, preparation }
}

describe('prepared rows', () => {
  test('are those that were decoded, and decoded once', async () => {
    const { made, preparation } = decoding()
    for (let time = 0; time < 2; time++) {
      const dataset = await prepared(preparation)
      expect(dataset).toMatchObject({ name: 'three', count: 3, shape: [1, 2, 2], type: 'uint8', classes: 3 })
      expect(dataset).toMatchObject({ classNames: ['cat', 'dog', 'eel'], labels: same.labels, leftOut: [] })
      expect(await rowsOf(dataset)).toEqual(await rowsOf(same))
    }
    expect(made.times).toBe(1)
    expect(files()).toEqual([`${KEY}.json`, `${KEY}.rows`])
  })

  test.each([
    ['a pixel', 5],
    ['a label', 14],
  ])('that are damaged in the cache, by %s, are decoded again', async (_, byte) => {
    const { made, preparation } = decoding()
    await prepared(preparation)
    const bytes = readFileSync(at(`${KEY}.rows`))
    bytes[byte] = 200
    writeFileSync(at(`${KEY}.rows`), bytes)
    const dataset = await prepared(preparation)
    expect(dataset.labels).toEqual(same.labels)
    expect(await rowsOf(dataset)).toEqual(await rowsOf(same))
    expect(made.times).toBe(2)
  })

  test('may be numbers without labels', async () => {
    const row = Float32Array.of(0.5, -1, 3e8, 0)
    const change = { type: 'float32', classes: undefined, classNames: undefined } as const
    const dataset = await prepared(decoding([{ row }], change).preparation)
    expect(dataset).toMatchObject({ type: 'float32', classes: undefined, labels: undefined })
    expect(await rowsOf(dataset)).toEqual(row)
  })

  test('are known as the same rows anywhere else, without being read again', async () => {
    const dataset = await prepared(decoding().preparation)
    expect(dataset.content).toBe(await fingerprint(same))
    expect(await fingerprint({ ...dataset, read: () => Promise.reject(new Error('read')) })).toBe(
      await fingerprint(same),
    )
  })

  test('tell how far they are', async () => {
    const told: Preparing[] = []
    const onProgress = (progress: Preparing) => void told.push(progress)
    await prepared(decoding().preparation, { onProgress })
    expect(told).toEqual([1, 2, 3].map((done) => ({ what: 'three.tar', done, total: 3 })))
  })

  test('of other content, or decoded in another way, are others', async () => {
    await prepared(decoding().preparation)
    const { made, preparation } = decoding(rows.slice(1), { key: 'd1'.repeat(32) })
    expect((await prepared(preparation)).count).toBe(2)
    expect(made.times).toBe(1)
  })
})

describe('rows that cannot be decoded', () => {
  const leftOut = (number: number): Decoded => ({ leftOut: `${number}.jpg: it is text` })
  const many = Array.from({ length: 12 }, (_, number) => leftOut(number))

  test('are told all at once, and nothing is kept', async () => {
    const { preparation } = decoding([...rows, ...many])
    const told = await refusal(prepared(preparation))
    expect(told).toContain('DataError: three.tar: 12 of its images cannot be read')
    expect(told).toMatch(/0\.jpg: it is text\n[^]*9\.jpg: it is text\n\s*and 2 more\n/)
    expect(told).toContain('--skip-odd')
    expect(files()).toEqual([])
  })

  test('are left out where that is asked for, and named', async () => {
    const { preparation } = decoding([leftOut(0), ...rows, leftOut(1)])
    const dataset = await prepared(preparation, { skipOdd: true })
    expect(dataset).toMatchObject({ count: 3, labels: same.labels })
    expect(dataset.leftOut).toEqual(['0.jpg: it is text', '1.jpg: it is text'])
    expect(dataset.content).toBe(await fingerprint(same))
  })

  test('are not all of them', async () => {
    const told = await refusal(prepared(decoding(many).preparation, { skipOdd: true }))
    expect(told).toContain('three.tar holds no images that can be read')
    expect(files()).toEqual([])
  })

  test('by a reader that fails leave nothing, and the next one begins anew', async () => {
    const failing = function* () {
      yield* rows.slice(0, 2)
      throw new Error('the archive ends')
    }
    await expect(prepared(decoding(rows, { rows: failing }).preparation)).rejects.toThrow('the archive ends')
    expect(files()).toEqual([])
    expect((await prepared(decoding().preparation)).count).toBe(3)
  })
})

describe('what is not whole is made again:', () => {
  const record = `{"format":"hebb-run"}`
  const damages: readonly (readonly [
    what: string,
    ending: string,
    content: (whole: Buffer) => Uint8Array,
  ])[] = [
    ['rows without a record', 'json', () => Buffer.alloc(0)],
    ['a record cut short', 'json', (whole) => whole.subarray(0, 40)],
    ['a record of something else', 'json', () => Buffer.from(record)],
    ['rows cut short', 'rows', (whole) => whole.subarray(0, 11)],
    ['rows with something behind them', 'rows', (whole) => Buffer.concat([whole, whole])],
  ]
  test.each(damages)('%s', async (_, ending, content) => {
    await prepared(decoding().preparation)
    const path = at(`${KEY}.${ending}`)
    writeFileSync(path, content(readFileSync(path)))
    const { made, preparation } = decoding()
    expect(await rowsOf(await prepared(preparation))).toEqual(await rowsOf(same))
    expect(made.times).toBe(1)
  })

  test('what a process that was killed left is removed by the next one, and nothing else', async () => {
    mkdirSync(join(cache, 'prepared'), { recursive: true })
    writeFileSync(at(`${KEY}.rows.0123456789ab.partial`), 'half')
    writeFileSync(at(`${KEY}.rows.notes`), 'mine')
    await prepared(decoding().preparation)
    expect(files()).toEqual([`${KEY}.json`, `${KEY}.rows`, `${KEY}.rows.notes`])
  })
})

describe('decoding that is stopped', () => {
  test('ends between two images, and leaves nothing', async () => {
    const stop = new AbortController()
    const seen: number[] = []
    const { preparation } = decoding(rows, {
      rows: function* () {
        for (const [index, row] of rows.entries()) {
          seen.push(index)
          if (index === 1) stop.abort(new Error('enough'))
          yield row
        }
      },
    })
    await expect(prepared(preparation, { signal: stop.signal })).rejects.toThrow('enough')
    expect(seen).toEqual([0, 1])
    expect(files()).toEqual([])
  })

  test('is stopped by what the event loop brings, though its rows come in one go', async () => {
    const stop = new AbortController()
    const enough = new Error('enough')
    setImmediate(() => {
      stop.abort(enough)
    })
    const { preparation } = decoding(rows, {
      rows: function* () {
        for (;;) yield { row: Uint8Array.of(1, 2, 3, 4), label: 0 }
      },
    })
    await expect(prepared(preparation, { signal: stop.signal })).rejects.toBe(enough)
  })

  test('gives back what it holds where a signal ends the process', async () => {
    const { preparation } = decoding(rows, {
      rows: function* () {
        yield* rows
        giveAllBack()
        expect(files()).toEqual([])
        throw new Error('ended here')
      },
    })
    await expect(prepared(preparation)).rejects.toThrow('ended here')
  })
})

describe('processes that prepare the same', () => {
  test('at once, in one process, decode once', async () => {
    const { made, preparation } = decoding()
    const notices: string[] = []
    const onNotice = (notice: string) => void notices.push(notice)
    const both = await Promise.all([prepared(preparation, { onNotice }), prepared(preparation, { onNotice })])
    for (const dataset of both) expect(await rowsOf(dataset)).toEqual(await rowsOf(same))
    expect(made.times).toBe(1)
    expect(notices).toEqual([
      expect.stringMatching(/^three\.tar: process \d+ of .* prepares it there; waiting/),
    ])
  })

  const preparer = fileURLToPath(new URL('prepare-rows.mjs', import.meta.url))
  const start = (...words: readonly string[]) => {
    const child = fork(preparer, words, {
      env: { ...process.env, HEBB_CACHE: cache },
      execArgv: ['--import', 'tsx'],
    })
    return { child, said: once(child, 'message').then(([message]) => message as unknown) }
  }

  test('at once, in two processes, decode once, and one waits for the other', async () => {
    const all = ['wait', 'wait'].map((word) => start(KEY, word))
    const told = await Promise.all(
      all.map(({ child }) => once(child, 'exit').then(([code]) => code as unknown)),
    )
    expect(told).toEqual([0, 0])
    const said = await Promise.all(all.map((one) => one.said))
    expect(said.filter((times) => times === 1)).toHaveLength(1)
    expect(said.filter((times) => times === 0)).toHaveLength(1)
  })

  test('killed halfway, leave nothing that is taken for whole', async () => {
    const { child, said } = start(KEY, 'hang')
    expect(await said).toBe('halfway')
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(files()).toContain(`${KEY}.lock`)
    expect(existsSync(at(`${KEY}.rows`))).toBe(false)
    const { made, preparation } = decoding()
    expect(await rowsOf(await prepared(preparation))).toEqual(await rowsOf(same))
    expect(made.times).toBe(1)
    expect(files()).toEqual([`${KEY}.json`, `${KEY}.rows`])
  })
})

describe('the cache', () => {
  test('is where HEBB_CACHE says, else the one of the user', () => {
    expect(cacheFolder()).toBe(cache)
    vi.stubEnv('HEBB_CACHE', 'here')
    expect(cacheFolder()).toBe(resolve('here'))
    vi.stubEnv('HEBB_CACHE', '')
    vi.stubEnv('XDG_CACHE_HOME', '/caches')
    expect(cacheFolder()).toBe('/caches/hebb')
    vi.stubEnv('XDG_CACHE_HOME', '')
    expect(cacheFolder()).toBe(join(homedir(), '.cache/hebb'))
  })

  test('of a user without a home has to be named, where something is decoded', async () => {
    for (const name of ['HEBB_CACHE', 'XDG_CACHE_HOME', 'HOME']) vi.stubEnv(name, '')
    expect(await refusal(prepared(decoding().preparation))).toContain('HEBB_CACHE=/scratch/hebb-cache')
    const { found, keep } = kept('hashes', 'key', 100)
    keep('text')
    expect(found).toBeUndefined()
    expect(kept('hashes', 'key', 100).found).toBeUndefined()
  })

  test('that cannot be written is told, with the path', async () => {
    const file = join(temporaryFolder(), 'file')
    writeFileSync(file, '')
    vi.stubEnv('HEBB_CACHE', file)
    const told = await refusal(prepared(decoding().preparation))
    expect(told).toContain('FileError: ')
    expect(told).toContain(file)
    expect(readFileSync(file, 'utf8')).toBe('')
  })

  test('without rights is told, too', async () => {
    chmodSync(dirname(cache), 0o755)
    mkdirSync(cache, { mode: 0o500 })
    await withoutRights(async () => {
      const told = await refusal(prepared(decoding().preparation))
      expect(told).toMatch(/^FileError: .*permission denied/)
      expect(told).toContain('HEBB_CACHE=/scratch/hebb-cache')
    })
  })

  test('of somebody else costs time alone, where it is not needed', async () => {
    chmodSync(dirname(cache), 0o755)
    mkdirSync(cache, { mode: 0 })
    await withoutRights(() => {
      expect(kept('hashes', 'key', 100).found).toBeUndefined()
    })
  })

  test('that is full of what is prepared already may be without rights', async () => {
    chmodSync(dirname(cache), 0o755)
    await prepared(decoding().preparation)
    const { made, preparation } = decoding()
    await withoutRights(async () => {
      expect((await prepared(preparation)).count).toBe(3)
    })
    expect(made.times).toBe(0)
  })
})

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { saveCheckpoint } from '../../runtime/files/checkpoint.ts'
import {
  createRun,
  loadRunCheckpoint,
  openRun,
  openRunCheckpoint,
  removeRun,
  runFiles,
} from '../../runtime/files/run-folder.ts'
import { requirePlaceForRun } from '../../runtime/files/place-for-run.ts'
import { whileLocked } from '../../runtime/files/run-lock.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { tinyBundle, tinyManifest, writeTinyBundle } from './tiny-bundle.ts'

const bundle = tinyBundle()
const settings = {
  data: '/images',
  split: 'train' as const,
  dataset: { name: 'halves', count: 10, shape: [1, 2, 2] satisfies [number, number, number], classes: 2 },
  images: 'a'.repeat(64),
  seed: 3,
  totalSteps: 40,
  provider: 'cpu' as const,
  threads: 1,
  checkpointEvery: 4,
}
const newRun = () => createRun(temporaryFolder(), bundle, settings)
const values = initialValues(tinyManifest().train, 3)

describe("a run's record", () => {
  test('comes back as it was written', () => {
    const { folder, record } = newRun()
    expect(openRun(folder).record).toEqual(record)
    expect(record).toMatchObject(settings)
  })

  test('has its GPUs, and whether TF32 was allowed there', () => {
    const onGpus = { ...settings, provider: 'cuda' as const, devices: [1, 0], tf32: false }
    const { folder, record } = createRun(temporaryFolder(), bundle, onGpus)
    expect(openRun(folder).record).toEqual(record)
    expect(record).toMatchObject(onGpus)
  })

  test('says where a sound copy has to go where its bundle is damaged', () => {
    const { folder } = newRun()
    const { bundle: own } = runFiles(folder)
    rmSync(join(own, 'manifest.json'))
    expect(() => openRun(folder)).toThrow(`Put a sound copy of what the run was started with into ${own}`)
  })

  test.each([
    ['seed', 4],
    ['totalSteps', 41],
    ['threads', 2],
    ['checkpointEvery', 5],
    ['data', '/others'],
    ['images', 'b'.repeat(64)],
    ['manifest', 'c'.repeat(64)],
    ['identity', 'd'.repeat(64)],
    ['program', 'other'],
  ])('with another %s is refused', (name, value) => {
    const { folder } = newRun()
    const { record: path } = runFiles(folder)
    const record = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    writeFileSync(path, JSON.stringify({ ...record, [name]: value }))
    expect(() => openRun(folder)).toThrow('run.json is not as it was written: its checksum differs')
  })

  test.each([
    ['torn', '{"format":', 'run.json is not JSON'],
    ['of an earlier version', '{"format":"hebb-run"}', 'of an earlier version of hebb'],
    ['of something else', '{"name":"mine"}', 'run.json: format'],
    ['with numbers that are words', '{"format":"hebb-run","version":3,"seed":"1e1"}', 'run.json: '],
  ])('that is %s is told so', (_, text, problem) => {
    const { folder } = newRun()
    writeFileSync(runFiles(folder).record, text)
    expect(() => openRun(folder)).toThrow(problem)
  })
})

describe("a run's checkpoint", () => {
  test.each([
    ['another seed', { seed: 4, totalSteps: 40 }],
    ['another length', { seed: 3, totalSteps: 41 }],
  ])('of %s is refused: it is of another run', (_, other) => {
    const run = newRun()
    saveCheckpoint(runFiles(run.folder).checkpoint, { values, step: 7, ...other }, bundle)
    expect(() => openRunCheckpoint(run)).toThrow(/is of another run \(seed \d, 4\d steps\)/)
    expect(() => loadRunCheckpoint(run)).toThrow('is of another run')
  })

  test('that is not there yet', () => {
    const run = newRun()
    expect(openRunCheckpoint(run)).toBeUndefined()
    expect(() => loadRunCheckpoint(run)).toThrow('has no checkpoint yet')
  })
})

describe('the folder of a run', () => {
  test('is in use by one: another is told who uses it', async () => {
    const folder = join(temporaryFolder(), 'run')
    await whileLocked(folder, async () => {
      await expect(whileLocked(folder, () => Promise.resolve())).rejects.toThrow(
        new RegExp(`${folder} is in use: process ${process.pid} of .*, trains there\n`),
      )
    })
  })

  test('or by who has said what for, and how that is ended', async () => {
    const folder = join(temporaryFolder(), 'sweep')
    const watched = async () => {
      await expect(whileLocked(folder, () => Promise.resolve())).rejects.toThrow(
        /, watches a sweep there\n.*Ctrl-C there ends that, and no run\./s,
      )
    }
    await whileLocked(folder, watched, 'watches a sweep')
  })

  test('and those above it that were made for it go again where nothing came of it', async () => {
    const root = temporaryFolder()
    await whileLocked(join(root, 'a', 'b'), () => Promise.resolve())
    expect(readdirSync(root)).toEqual([])
  })

  test('whose lock is taken away is written in no more', async () => {
    const folder = temporaryFolder()
    await whileLocked(folder, (lock) => {
      lock.require()
      writeFileSync(join(folder, 'lock'), 'of another')
      expect(() => {
        lock.require()
      }).toThrow('the run is not ours any more')
      return Promise.resolve()
    })
    expect(readdirSync(folder)).toEqual(['lock'])
  })

  test('that a start was broken off in is used; what it left half written is removed', () => {
    const folder = join(temporaryFolder(), 'run')
    const { bundle: copy, record } = runFiles(folder)
    mkdirSync(copy, { recursive: true })
    const left = [`${record}.0123456789ab.partial`, join(copy, 'first.onnx.0123456789ab.partial')]
    for (const path of left) writeFileSync(path, 'half')
    createRun(folder, bundle, settings)
    expect(left.map((path) => existsSync(path))).toEqual([false, false])
    expect(openRun(folder).record.seed).toBe(3)
  })

  test('is none that runs lie in, and none that is a bundle; logs may be there', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'log.txt'), 'begun')
    requirePlaceForRun(folder)
    requirePlaceForRun(join(folder, 'new'))
    createRun(join(folder, 'first'), bundle, settings)
    expect(() => {
      requirePlaceForRun(folder)
    }).toThrow(`${folder} holds the run first, and a run has a folder of its own`)
    const compiled = writeTinyBundle(join(folder, 'compiled'))
    expect(() => {
      requirePlaceForRun(compiled)
    }).toThrow(`${compiled} holds a bundle`)
  })

  test('is none that holds another bundle', () => {
    const folder = temporaryFolder()
    const other = writeTinyBundle(join(folder, 'bundle'), tinyManifest(0.5))
    const before = readFileSync(join(other, 'manifest.json'))
    expect(() => createRun(folder, bundle, settings)).toThrow('which a new run would not leave alone')
    expect(readFileSync(join(other, 'manifest.json'))).toEqual(before)
  })

  test("is emptied of what the run made alone: a user's notes stay, and so do damaged metrics", () => {
    const { folder } = newRun()
    const { metrics, checkpoint, bundle: copy } = runFiles(folder)
    for (const path of [metrics, checkpoint]) writeFileSync(path, '')
    const notes = ['notes.md', 'metrics.jsonl.damaged1', 'bundle/notes.md', 'bundle/mine.onnx']
    for (const name of notes) writeFileSync(join(folder, name), 'mine')
    removeRun(folder)
    expect(readdirSync(folder).sort()).toEqual(['bundle', 'metrics.jsonl.damaged1', 'notes.md'])
    expect(readdirSync(copy).sort()).toEqual(['mine.onnx', 'notes.md'])
  })
})

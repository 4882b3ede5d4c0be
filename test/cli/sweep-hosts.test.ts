import { describe, expect, test } from 'vitest'
import { changesBoard } from '../../src/cli/sweep/hosts/board-changes.ts'
import { tableLines } from '../../src/cli/sweep/hosts/board-table.ts'
import { Heard } from '../../src/cli/sweep/hosts/heard.ts'
import { seenOf, type Known, type Seen } from '../../src/cli/sweep/hosts/seen.ts'
import { asLines } from '../../src/cli/sweep/hosts/told-changes.ts'
import { untaken } from '../../runtime/hosts/job.ts'
import { recordOfRun } from '../../runtime/hosts/run-records.ts'
import type { RunJob, WorkerEntry } from '../../runtime/hosts/run-job.ts'
import type { RecordedRun } from '../../src/cli/sweep/record.ts'

/** How a sweep that others make is shown. */

const job = 'job'
const hash = '0'.repeat(64)
const runs = [0, 1, 2].map((seed): RecordedRun => ({
  name: `mine_seed=${seed}`,
  program: 'mine.ts',
  options: {},
  seed,
}))

const record = (seed: number, given: Partial<RunJob> = {}): RunJob => ({
  ...{ protocol: 1, kind: 'run', job, name: `mine_seed=${seed}`, bundle: { identity: hash, files: [] } },
  ...{ provider: 'cpu', flags: {}, seed, threads: 1, steps: 40 },
  data: { name: 'digits', split: 'train', images: hash },
  ...untaken,
  ...{ step: 0, files: [] },
  ...given,
})

const worker = (given: Partial<WorkerEntry> = {}): WorkerEntry => ({
  ...{ protocol: 1, host: 'gpu1', pid: 7, version: '0.1.0', provider: 'cpu', at: [], lacks: [] },
  ...given,
})

interface Moment {
  /** When it is, in milliseconds; looks follow each other. */
  readonly at?: number
  readonly records?: readonly RunJob[]
  readonly workers?: Readonly<Record<string, WorkerEntry>>
  readonly here?: readonly string[]
  readonly failures?: Known['failures']
}

/** How it looks at some moments, one after the other. */
const watching = () => {
  const heard = new Heard()
  return ({ at = 0, records = [], workers = {}, here = [], failures = new Map() }: Moment): Seen => {
    const known = {
      records: new Map(records.map((value) => [recordOfRun(value), { value, revision: 1 }])),
      workers: new Map(Object.entries(workers).map(([id, value]) => [id, { value, revision: value.pid }])),
    }
    heard.look(known.records, known.workers, at)
    const now = { isGone: (id: string) => heard.isGone(id), silence: (id: string) => heard.silence(id, at) }
    return seenOf(runs, { url: 'nats://host', job, ...known, heard: now, here: new Set(here), failures })
  }
}
const moment = (given: Moment): Seen => watching()(given)

const running = (seed: number, given: Partial<RunJob> = {}) =>
  record(seed, { state: 'running', sequence: 1, worker: 'gpu1-7', attempts: 1, ...given })

describe('a run', () => {
  test('is as far as its worker says, before there is a checkpoint', () => {
    const at = [{ record: recordOfRun(record(0)), step: 12, steps: 40 }]
    const { runs: seen } = moment({
      records: [running(0, { step: 10 })],
      workers: { 'gpu1-7': worker({ at }) },
    })
    expect(seen[0]).toMatchObject({ state: 'running', worker: 'gpu1-7', step: 12, steps: 40, attempts: 1 })
    expect(seen[1]).toMatchObject({ state: 'missing' })
  })

  test('is being probed once its steps are done', () => {
    const at = [{ record: recordOfRun(record(0)), step: 40, steps: 40 }]
    const workers = { 'gpu1-7': worker({ at }) }
    expect(moment({ records: [running(0)], workers }).runs[0]).toMatchObject({ state: 'probing', step: 40 })
    expect(moment({ records: [running(0, { step: 40 })] }).runs[0]).toMatchObject({ state: 'probing' })
  })

  test('is lost when its worker is gone, and not where that has just begun or ended', () => {
    const look = watching()
    const records = [running(0, { step: 10 })]
    expect(look({ records }).runs[0]).toMatchObject({ state: 'running' })
    const { runs: seen, hindrance } = look({ records })
    expect(seen[0]).toMatchObject({ state: 'lost', worker: 'gpu1-7', step: 10 })
    expect(hindrance).toMatch(/^no worker for cpu is there/)
    expect(look({ records, workers: { 'gpu1-7': worker() } }).runs[0]).toMatchObject({ state: 'running' })
  })

  test('says for how long nothing was heard of its worker', () => {
    const look = watching()
    const records = [running(0)]
    const [workers, later] = [{ 'gpu1-7': worker() }, { 'gpu1-7': worker({ pid: 8 }) }]
    const silence = (given: Moment) => look({ records, ...given }).runs[0]?.silence
    expect(silence({ workers })).toBeUndefined()
    expect(silence({ workers, at: 12_000 })).toBeUndefined()
    expect(silence({ workers, at: 17_000 })).toBe(17_000)
    expect(tableLines(look({ records, workers, at: 17_000 }), { rows: 40, columns: 80 })[2]).toMatch(
      /^mine_seed=0 {2}running, not heard of for 17 s {2}gpu1-7/,
    )
    expect(silence({ workers: later, at: 18_000 })).toBeUndefined()
  })
})

describe('what hinders runs that wait', () => {
  const waiting = [record(0), record(1)]

  test('is that nobody is there for them', () => {
    expect(moment({ records: waiting }).hindrance).toMatch(
      /^no worker for cpu is there: hebb work --on nats:\/\/host --provider cpu /,
    )
    const other = { a: worker({ provider: 'cuda' }) }
    expect(moment({ records: waiting, workers: other }).hindrance).toMatch(/^no worker for \w+ is there/)
  })

  test('is a data set that none of them has', () => {
    const lacking = worker({ lacks: ['digits'] })
    expect(moment({ records: waiting, workers: { a: lacking } }).hindrance).toMatch(/^no worker has digits /)
    expect(moment({ records: waiting, workers: { a: lacking, b: worker() } }).hindrance).toBeUndefined()
  })

  test('is nothing where none waits', () => {
    expect(moment({ records: [running(0)] }).hindrance).toBeUndefined()
  })
})

test('where there is no terminal, each change is a line', () => {
  let said = ''
  const board = changesBoard(asLines({ write: (text: string | Uint8Array) => (said += String(text)) !== '' }))
  const look = watching()
  const tellOf = (given: Moment): string[] => {
    said = ''
    board.show(look(given))
    return said.split('\n').slice(0, -1)
  }
  const workers = { 'gpu1-7': worker() }
  const [first = '', second = ''] = runs.map(({ name }) => name)
  expect(tellOf({ records: [record(0), record(1)], workers, here: ['mine_seed=2'] })).toEqual([
    '1 of 3 runs are done already',
    'worker gpu1-7 is there (cpu)',
  ])
  expect(tellOf({ records: [running(0), record(1)], workers, here: ['mine_seed=2'] })).toEqual([
    `${first}: begun by gpu1-7`,
  ])
  expect(tellOf({ records: [record(0, { step: 20 }), record(1)], here: ['mine_seed=2'] })).toEqual([
    'worker gpu1-7 is gone',
    `${first}: waits for another worker, after step 20`,
    expect.stringMatching(/^no worker for \w+ is there/),
  ])
  const again = running(0, { step: 20, attempts: 2 })
  expect(tellOf({ records: [again, record(1)], workers, here: ['mine_seed=2'] })).toEqual([
    'worker gpu1-7 is there (cpu)',
    `${first}: goes on after step 20 by gpu1-7 (attempt 2)`,
  ])
  tellOf({ records: [again, record(1)], here: ['mine_seed=2'] })
  expect(tellOf({ records: [again, record(1)], here: ['mine_seed=2'] })).toEqual([
    `${first}: lost, gpu1-7 is gone; after its lease another one goes on after step 20`,
  ])
  expect(tellOf({ records: [again, record(1)], workers, here: ['mine_seed=2'] })).toEqual([
    'worker gpu1-7 is there (cpu)',
    `${first}: gpu1-7 is there again, and has it still`,
  ])
  const probed = running(0, { step: 40, attempts: 2 })
  expect(tellOf({ records: [probed, record(1)], workers, here: ['mine_seed=2'] })).toEqual([
    `${first}: its steps are done, it is being probed`,
  ])
  const failures = new Map([[second, 'ShapeError: no']])
  expect(tellOf({ workers, here: [first, 'mine_seed=2'], failures })).toEqual([
    `${first}: done (3 of 3)`,
    `${second}: failed (3 of 3)`,
  ])
  expect(tellOf({ workers, here: [first, 'mine_seed=2'], failures })).toEqual([])
})

test('a run goes on after the step that it waited at, and not after those that its worker has done since', () => {
  const told = (moments: readonly Moment[]) => {
    let said = ''
    const board = changesBoard(
      asLines({ write: (text: string | Uint8Array) => (said += String(text)) !== '' }),
    )
    const look = watching()
    for (const each of moments) board.show(look({ workers: { 'gpu1-7': worker() }, ...each }))
    return said.split('\n').filter((line) => line.startsWith('mine_'))
  }
  const at20 = { records: [running(0, { step: 20 })] }
  expect(told([{ records: [record(0)] }, at20])).toEqual(['mine_seed=0: begun by gpu1-7'])
  expect(told([{ records: [record(0, { step: 10 })] }, at20])).toEqual([
    'mine_seed=0: goes on after step 10 by gpu1-7',
  ])
  expect(told([at20])).toEqual(['mine_seed=0: made by gpu1-7, step 20 of 40'])
})

test('a run is told to have failed as soon as its record says so', () => {
  let said = ''
  const board = changesBoard(asLines({ write: (text: string | Uint8Array) => (said += String(text)) !== '' }))
  const look = watching()
  board.show(look({ records: [running(0)], workers: { 'gpu1-7': worker() } }))
  said = ''
  const failed = record(0, { state: 'failed', failure: 'ShapeError: no' })
  board.show(look({ records: [failed], workers: { 'gpu1-7': worker() } }))
  expect(said).toBe(`${runs[0]?.name ?? ''}: failed (1 of 3)\n`)
})

test('a terminal shows as many rows as it has room for, those that are made first', () => {
  const seen = moment({
    records: [record(0), running(1)],
    workers: { 'gpu1-7': worker() },
    here: ['mine_seed=2'],
  })
  expect(tableLines(seen, { rows: 40, columns: 80 })).toEqual([
    'run          state    worker     step  attempts',
    '───────────  ───────  ──────  ───────  ────────',
    'mine_seed=1  running  gpu1-7  0 of 40         1',
    'mine_seed=0  waiting          0 of 40',
    'mine_seed=2  done',
    '1 of 3 runs done; 1 worker',
  ])
  const many = { ...seen, runs: Array.from({ length: 9 }, () => seen.runs).flat() }
  expect(tableLines(many, { rows: 12, columns: 80 })).toHaveLength(12 - 1)
  expect(tableLines(many, { rows: 12, columns: 80 })).toContain('… and 20 more')
})

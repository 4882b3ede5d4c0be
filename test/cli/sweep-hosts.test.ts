import { describe, expect, test } from 'vitest'
import { changesBoard } from '../../src/cli/sweep/hosts/board-changes.ts'
import { tableLines } from '../../src/cli/sweep/hosts/board-table.ts'
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
  readonly records?: readonly RunJob[]
  readonly workers?: Readonly<Record<string, WorkerEntry>>
  readonly here?: readonly string[]
  readonly failures?: Known['failures']
}

const moment = ({ records = [], workers = {}, here = [], failures = new Map() }: Moment): Seen =>
  seenOf(runs, {
    url: 'nats://host',
    job,
    records: new Map(records.map((value) => [recordOfRun(value), { value, revision: 1 }])),
    workers: new Map(Object.entries(workers).map(([id, value]) => [id, { value, revision: 1 }])),
    here: new Set(here),
    failures,
  })

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
  const tellOf = (given: Moment): string[] => {
    said = ''
    board.show(moment(given))
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
  const failures = new Map([[second, 'ShapeError: no']])
  expect(tellOf({ workers, here: [first, 'mine_seed=2'], failures })).toEqual([
    `${first}: done (3 of 3)`,
    `${second}: failed (3 of 3)`,
  ])
  expect(tellOf({ workers, here: [first, 'mine_seed=2'], failures })).toEqual([])
})

test('a terminal shows as many rows as it has room for, those that are made first', () => {
  const seen = moment({
    records: [record(0), running(1)],
    workers: { 'gpu1-7': worker() },
    here: ['mine_seed=2'],
  })
  expect(tableLines(seen, 40)).toEqual([
    'run          state    worker     step  attempts',
    '───────────  ───────  ──────  ───────  ────────',
    'mine_seed=1  running  gpu1-7  0 of 40         1',
    'mine_seed=0  waiting          0 of 40',
    'mine_seed=2  done',
    '1 of 3 runs done; 1 worker',
  ])
  const many = { ...seen, runs: Array.from({ length: 9 }, () => seen.runs).flat() }
  expect(tableLines(many, 12)).toHaveLength(12 - 2)
  expect(tableLines(many, 12)).toContain('… and 21 more')
})

import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { caseNames } from '../../bench/gpu/cases.ts'
import { addFigure, readFigures, type Figure, type Found } from '../../bench/gpu/figures.ts'
import { planOf } from '../../bench/gpu/plan.ts'
import { rendered } from '../../bench/gpu/render.ts'
import { runSections, type Ended, type Section } from '../../bench/gpu/schedule.ts'
import { runSection } from '../../bench/gpu/section-process.ts'
import { costOfRun } from '../../bench/gpu/tables/steps.ts'
import { temporaryFolder } from '../runtime/temporary-folder.ts'

/** A first contact with a GPU: sections run by themselves, in the order of their worth, as far as time suffices. */

/** Runs sections of which each takes so many seconds by a clock of its own. */
async function onAClock(budget: number, sections: readonly (Section & { readonly takes: number })[]) {
  let now = 0
  const told: [string, Ended['outcome'], number][] = []
  const why = new Map<string, string>()
  await runSections(
    sections,
    {
      clock: () => now,
      budget,
      start: ({ takes, limit }, seconds) => {
        now += Math.min(takes, seconds)
        expect(seconds).toBeLessThanOrEqual(limit)
        return Promise.resolve(
          takes > seconds ? { outcome: 'timed out', why: 'slow' } : { outcome: 'done', why: '' },
        )
      },
      tell: ({ name }, ended) => {
        told.push([name, ended.outcome, ended.seconds])
        why.set(name, ended.why)
      },
    },
    new Set(),
  )
  return { told, why }
}

describe('sections', () => {
  const section = (name: string, takes: number, more: Partial<Section> = {}) => ({
    name,
    takes,
    limit: 60,
    least: 10,
    ...more,
  })

  test('run in their order, whatever becomes of those before', async () => {
    const { told } = await onAClock(200, [section('a', 20), section('b', 100), section('c', 5)])
    expect(told).toEqual([
      ['a', 'done', 20],
      ['b', 'timed out', 60],
      ['c', 'done', 5],
    ])
  })

  test('are skipped by name where time does not suffice, and those that need less still run', async () => {
    const { told, why } = await onAClock(50, [
      section('a', 30),
      section('b', 30, { least: 25 }),
      section('c', 5),
    ])
    expect(told).toEqual([
      ['a', 'done', 30],
      ['b', 'skipped', 0],
      ['c', 'done', 5],
    ])
    expect(why.get('b')).toBe('20 s are left, and it needs 25')
  })

  test('get what is left, and not more', async () => {
    const { told } = await onAClock(50, [section('a', 30), section('b', 30)])
    expect(told.at(-1)).toEqual(['b', 'timed out', 20])
  })

  test('are skipped without what they need', async () => {
    const { told, why } = await onAClock(500, [
      section('prepare', 100),
      section('steps', 1, { needs: 'prepare' }),
      section('others', 1),
    ])
    expect(told.map(([name, outcome]) => [name, outcome])).toEqual([
      ['prepare', 'timed out'],
      ['steps', 'skipped'],
      ['others', 'done'],
    ])
    expect(why.get('steps')).toBe("'prepare' did not succeed")
  })

  test('that fail say why, in a process of their own', async () => {
    const out = temporaryFolder()
    const surroundings = {
      provider: 'cpu',
      python: 'no-such-python',
      threads: 1,
      folder: out,
      turn: 0,
    } as const
    const found: Found[] = []
    const ended = await runSection({ section: 'limits' }, surroundings, 60, out, (each) => found.push(each))
    expect(ended.outcome).toBe('failed')
    expect(ended.why).toContain('the process of PyTorch ended')
    expect(found).toEqual([])
  })

  test('that hang are ended', async () => {
    const out = temporaryFolder()
    const surroundings = { provider: 'cpu', python: 'python3', threads: 1, folder: out, turn: 1e6 } as const
    const ended = await runSection({ section: 'augmentation' }, surroundings, 0.2, out, () => undefined)
    expect(ended).toEqual({ outcome: 'timed out', why: 'ended after 0 s' })
  })
})

describe('the plan', () => {
  const plan = planOf()
  const names = plan.then.map(({ name }) => name)

  test('prepares every case before anything is timed', () => {
    const prepared = plan.before.map(({ name }) => name)
    for (const name of caseNames) expect(prepared).toContain(`prepare ${name}`)
    for (const { needs } of plan.then) if (needs !== undefined) expect(prepared).toContain(needs)
  })

  test('has every case with TF32, without and in mixed precision, beside PyTorch as it is and compiled, each once', () => {
    for (const name of caseNames)
      for (const wanted of [
        `steps ${name}, float32`,
        `steps ${name}, tf32`,
        `steps ${name}, mixed`,
        `PyTorch ${name}`,
        `PyTorch ${name}, compiled`,
      ])
        expect(names).toContain(wanted)
    expect(new Set(names).size).toBe(names.length)
  })

  test('begins with what says most in the least time, and ends with what PyTorch compiles', () => {
    expect(names[0]).toBe('steps clapp++ quarter, float32')
    expect(names.at(-1)).toMatch(/compiled$/)
  })

  test('may be of few cases', () => {
    expect(planOf(['forward-forward']).then.every(({ name }) => !name.includes('clapp'))).toBe(true)
  })
})

const stamp = { section: 'a section', at: 1, deviceMemory: null }
const hebb = { side: 'hebb' } as const
const pyTorch = { side: 'pytorch', variant: '' } as const
const one = 'forward-forward'
const recorded: readonly Figure[] = [
  {
    ...stamp,
    kind: 'machine',
    facts: { GPU: 'some GPU', driver: '580' },
    conditions: '2026-01-02, commit abc1234; some CPU',
    date: '2026-01-02',
    commit: 'abc1234',
  },
  { ...stamp, kind: 'session', case: one, setting: 'float32', graphs: 4, nodes: 373, seconds: 2 },
  {
    ...stamp,
    kind: 'losses',
    case: one,
    setting: 'cpu',
    by: hebb,
    losses: [
      [1, 2],
      [4, 8],
    ],
  },
  {
    ...stamp,
    kind: 'losses',
    case: one,
    setting: 'float32',
    by: hebb,
    losses: [
      [1.001, 2],
      [4, 8],
    ],
  },
  {
    ...stamp,
    kind: 'losses',
    case: one,
    setting: 'tf32',
    by: hebb,
    losses: [
      [1, 2],
      [null, 8],
    ],
  },
  {
    ...stamp,
    kind: 'losses',
    case: one,
    setting: 'float32',
    by: pyTorch,
    losses: [
      [1, 2.2],
      [4, 8],
    ],
  },
  ...(
    [
      [1, 10],
      [8, 4],
      [32, 3],
      [64, 2.875],
    ] as const
  ).map(([stepsPerRun, time]): Figure => ({
    ...stamp,
    section: `steps ${one}, float32`,
    deviceMemory: 1000 + stepsPerRun,
    kind: 'step',
    case: one,
    setting: 'float32',
    by: hebb,
    stepsPerRun,
    milliseconds: [time, time + 1, time],
  })),
  { ...stamp, kind: 'step', case: one, setting: 'float32', by: pyTorch, milliseconds: [5] },
  { ...stamp, kind: 'command', command: 'hebb doctor', code: 1, said: ['driver: 580', 'bad: GPU: none'] },
  { ...stamp, kind: 'limit', name: 'to device', value: 24.56, unit: 'GB/s' },
  { ...stamp, kind: 'augmentation', size: 32, views: 64, by: 'cuda', milliseconds: [2] },
  {
    ...stamp,
    kind: 'profile',
    case: one,
    inRuns: 3.5,
    operators: [['Gemm', 2.5]],
    nodes: [['dense1 (Gemm)', 1.5]],
  },
  { ...stamp, section: 'limits', kind: 'ended', outcome: 'failed', seconds: 3, why: 'a `pipe`\n broke' },
]

describe('figures', () => {
  test('are read as they were written, but for a line that was cut', () => {
    const out = temporaryFolder()
    for (const figure of recorded) addFigure(out, figure)
    appendFileSync(join(out, 'figures.jsonl'), '{"section":"cut')
    expect(readFigures(out)).toEqual(recorded)
  })

  test('are none in a folder without', () => {
    expect(readFigures(temporaryFolder())).toEqual([])
  })

  test('become tables', () => {
    const lines = rendered(recorded).split('\n')
    const line = (beginning: string) => lines.filter((each) => each.startsWith(beginning))
    expect(line('| GPU')).toEqual(['| GPU | some GPU |'])
    const [losses = '', times = '', memory = ''] = line(`| ${one} |`)
    expect(losses).toContain('| 373 in 4 | 1.0e-3 | 0.0e+0 (1.0e-3) | 0.0e+0 | not finite |  |  | 1.0e-1 |')
    expect(times).toBe(`| ${one} | 10.0 | 4.00 | 3.00 | 2.88 | 7.24 | 5.00 | **0.57** |`)
    expect(memory).toContain('| 1064 MiB |')
    expect(line('`hebb doctor`')).toEqual(['`hebb doctor` ended with 1:'])
    expect(line('- `bad')).toEqual(['- `bad: GPU: none`'])
    expect(line('| to device')).toEqual(['| to device | 24.6 GB/s |'])
    expect(line('| 32 pixels')).toEqual(['| 32 pixels, cuda | 2.00 ms | 32000 |'])
    expect(line('| Gemm')).toEqual(['| Gemm | 2.500 |'])
    expect(line('- limits')).toEqual(["- limits: failed after 3 s, `a 'pipe' broke`"])
  })

  test('that are missing leave their tables out', () => {
    expect(rendered([])).toBe('')
  })
})

test('what a run costs beside its steps is found from the shortest and the longest', () => {
  const [run, step] = [63, 2]
  expect(
    costOfRun(
      new Map([
        [1, run + step],
        [64, run / 64 + step],
      ]),
    ),
  ).toBeCloseTo(run, 10)
  expect(costOfRun(new Map([[1, 65]]))).toBeUndefined()
})

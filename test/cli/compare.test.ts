import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { pairedDifferences, summarise } from '../../src/base/statistics.ts'
import { compareRuns } from '../../src/cli/compare/comparison.ts'
import { csv, runsCsv } from '../../src/cli/compare/files.ts'
import { alignmentFigures, stepFigures } from '../../src/cli/compare/figures.ts'
import { comparisonText } from '../../src/cli/compare/text.ts'
import { writeFewImages } from '../support/few-images.ts'
import { hebb, newFolder, tinyProgram, write } from './run-hebb.ts'
import type { MeasuredRun } from '../../src/cli/compare/measured.ts'

describe('statistics', () => {
  test('are those of textbooks: the deviation by n - 1, none of one value, nothing of none', () => {
    expect(summarise([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ count: 8, mean: 5, deviation: Math.sqrt(32 / 7) })
    expect(summarise([3])).toEqual({ count: 1, mean: 3, deviation: undefined })
    expect(summarise([])).toBeUndefined()
  })

  test('move with their values', () => {
    const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 20 })
    fc.assert(
      fc.property(values, fc.integer({ min: -1000, max: 1000 }), (all, by) => {
        const [at, moved] = [summarise(all), summarise(all.map((value) => value + by))]
        expect((moved?.mean ?? NaN) - (at?.mean ?? NaN)).toBeCloseTo(by, 6)
        expect(moved?.deviation).toBeCloseTo(at?.deviation ?? NaN, 6)
      }),
    )
  })

  test('of pairs are over the keys that both have', () => {
    const [ours, theirs] = [
      new Map([
        [0, 3],
        [1, 5],
        [2, 9],
      ]),
      new Map([
        [1, 4],
        [2, 6],
        [7, 1],
      ]),
    ]
    expect(pairedDifferences(ours, theirs)).toEqual([1, 3])
  })
})

/** A run of which this was measured. */
const run = (given: Partial<MeasuredRun>): MeasuredRun => ({
  ...{ folder: 'runs/x', program: 'tiny', identity: 'a'.repeat(64), options: new Map(), seed: 0, steps: 10 },
  ...{ batch: 20, data: 'few', split: 'train', images: 'f'.repeat(64), figures: new Map(), notes: [] },
  ...{ aside: undefined, start: 'the seed' },
  probed: { k: 10, labels: 10, epochs: 60, seed: 0, average: false },
  ...given,
})
const linear = (value: number) =>
  new Map([
    ['average.knn', value],
    ['average.linear', value],
    ['average.few', value],
    ['conv1.loss', 2 * value],
  ])
const sweep = [0.1, 0.2].flatMap((lr) =>
  [0, 1, 2].map((seed) =>
    run({
      ...{
        folder: `s/${lr}-${seed}`,
        seed,
        options: new Map([
          ['lr', String(lr)],
          ['width', '1'],
        ]),
      },
      ...{ identity: (lr === 0.1 ? 'a' : 'b').repeat(64), figures: linear(lr + seed / 100) },
    }),
  ),
)

describe('runs', () => {
  test('are grouped by program and options, called by what differs', () => {
    const { groups, baseline } = compareRuns(sweep)
    expect(groups.map(({ name, runs }) => [name, runs.size])).toEqual([
      ['tiny lr 0.1', 3],
      ['tiny lr 0.2', 3],
    ])
    expect(baseline).toBe('tiny lr 0.1')
    expect(groups[1]?.figures.get('average.linear')?.mean).toBeCloseTo(0.21, 12)
    expect(groups[1]?.figures.get('average.linear')?.deviation).toBeCloseTo(0.01, 12)
  })

  test('are paired by seed: what seeds share cancels', () => {
    const { groups } = compareRuns(sweep.slice(1))
    const difference = groups[1]?.differences.get('average.linear')
    expect(difference).toMatchObject({ count: 2 })
    expect(difference?.mean).toBeCloseTo(0.1, 12)
    expect(difference?.deviation).toBeCloseTo(0, 12)
    expect(groups[0]?.differences.size).toBe(0)
  })

  test('are compared with the baseline that is named, by name or by a run of it', () => {
    expect(compareRuns(sweep, 'tiny lr 0.2').baseline).toBe('tiny lr 0.2')
    expect(compareRuns(sweep, 's/0.2-1').baseline).toBe('tiny lr 0.2')
    expect(() => compareRuns(sweep, 'tiny lr 0.3')).toThrow(
      /there is no 'tiny lr 0\.3'[^]*did you mean 'tiny lr 0\.1'/,
    )
  })

  test('stand in tables of means and deviations', () => {
    expect(comparisonText(compareRuns(sweep), false))
      .toBe(`Accuracy in %, mean ± standard deviation over seeds

features         program      runs  10 neighbours      linear  10 labels a class
───────────────  ───────────  ────  ─────────────  ──────────  ─────────────────
global averages  tiny lr 0.1     3     11.0 ± 1.0  11.0 ± 1.0         11.0 ± 1.0
global averages  tiny lr 0.2     3     21.0 ± 1.0  21.0 ± 1.0         21.0 ± 1.0

Difference to tiny lr 0.1 in points, over the seeds that both have

features         program      pairs  10 neighbours       linear  10 labels a class
───────────────  ───────────  ─────  ─────────────  ───────────  ─────────────────
global averages  tiny lr 0.2      3    +10.0 ± 0.0  +10.0 ± 0.0        +10.0 ± 0.0

Losses, means over the last epoch, and the time of all steps

program      runs           conv1  time
───────────  ────  ──────────────  ────
tiny lr 0.1     3  0.2200 ± 0.020     –
tiny lr 0.2     3  0.4200 ± 0.020     –`)
  })

  test('stand below raw pixels and below encoders as they started, once where these are the same', () => {
    const begun = (value: number, start: number) =>
      new Map([
        ...['knn', 'linear', 'few'].map((measure) => [`pixels.${measure}`, 0.5] as const),
        ...['knn', 'linear', 'few'].map((measure) => [`untrained.average.${measure}`, start] as const),
        ...linear(value),
      ])
    const runs = (other: number) =>
      [0.1, 0.2].map((lr) =>
        run({
          ...{
            folder: `${lr}`,
            identity: (lr === 0.1 ? 'a' : 'b').repeat(64),
            options: new Map([['lr', `${lr}`]]),
          },
          figures: begun(lr, lr === 0.1 ? 0.3 : other),
        }),
      )
    const lines = (other: number) =>
      comparisonText(compareRuns(runs(other)), false)
        .split('\n')
        .slice(4, 9)
    expect(lines(0.3)).toEqual([
      'raw pixels       –               1           50.0    50.0               50.0',
      'global averages  untrained       1           30.0    30.0               30.0',
      'global averages  tiny lr 0.1     1           10.0    10.0               10.0',
      'global averages  tiny lr 0.2     1           20.0    20.0               20.0',
      '',
    ])
    expect(lines(0.4).map((line) => line.split(/ {2,}/)[1])).toEqual([
      '–',
      'tiny lr 0.1, untrained',
      'tiny lr 0.2, untrained',
      'tiny lr 0.1',
      'tiny lr 0.2',
    ])
  })

  test.each([
    ['images', { images: 'e'.repeat(64) }, 'the runs were trained on different images'],
    ['images set aside', { aside: 0.29 }, 'the runs have set different parts of their images aside'],
    ['weights', { start: 'w.safetensors 1a2b3c4d' }, 'the runs started with different weights'],
    ['images of probes', { probedOn: '/other' }, 'the runs were probed on different images'],
    ['shards', { shards: 4 }, 'the steps of the runs were done otherwise: whole batches, 4 shards'],
    ['length', { steps: 20 }, 'the runs are of different length: 10, 20 steps'],
    [
      'probes',
      { probed: { k: 3, labels: 10, epochs: 60, seed: 0, average: false } },
      'the runs were probed with different settings: k',
    ],
    ['nothing but the folder', {}, 'b is the same as a, and left out'],
  ])('that differ in %s are told of', (_what, given, note) => {
    const { notes } = compareRuns([run({ folder: 'a', probedOn: '/few' }), run({ folder: 'b', ...given })])
    expect(notes).toContain(note)
  })

  test('that differ in where they started, or in what they saw, are no seeds of one another', () => {
    const { groups } = compareRuns([
      run({ seed: 0 }),
      run({ seed: 1, aside: 0.29 }),
      run({ seed: 0, start: 'w.safetensors 1a2b3c4d' }),
    ])
    expect(groups.map(({ name, runs }) => [name, runs.size])).toEqual([
      ['tiny, weights of the seed, none set aside', 1],
      ['tiny, weights of the seed, 29% set aside', 1],
      ['tiny, weights of w.safetensors 1a2b3c4d, none set aside', 1],
    ])
  })

  test('on whole batches and in shards are not of the same bits, and told apart', () => {
    const { groups } = compareRuns([run({}), run({ shards: 2 }), run({ shards: 4 })])
    expect(groups.map(({ name }) => name)).toEqual([
      'tiny, whole batches',
      'tiny, 2 shards',
      'tiny, 4 shards',
    ])
  })

  test('that have not come to their end are left out, and told of', () => {
    const unfinished = { folder: 'half', step: 4, steps: 10 }
    expect(compareRuns([run({}), unfinished]).notes).toContain('half stands at step 4 of 10, and is left out')
    expect(() => compareRuns([unfinished])).toThrow(/no run has come to its end\n[^]*hebb train --resume/)
  })
})

describe('figures of the steps of a run', () => {
  const line = (step: number, loss: number, log?: Record<string, number>) => ({
    ...{
      step,
      epoch: (step - 1) / 2,
      rate: 0.1,
      losses: { conv1: loss },
      imagesPerSecond: 1,
      milliseconds: 250,
    },
    ...(log ? { log: { conv1: log } } : {}),
  })

  const losses = `Losses, means over the last epoch, and the time of all steps

program  runs  conv1  time
───────  ────  ─────  ────
tiny        1  2.000     –`

  test('are means over the last epoch of losses and of what rules log, and the time of all steps', () => {
    const folder = newFolder()
    const lines = [line(1, 9), line(2, 8), line(3, 4, { positive: 1 }), line(4, 2, { positive: 3 })]
    write(folder, 'metrics.jsonl', lines.map((each) => `${JSON.stringify(each)}\n`).join(''))
    expect(stepFigures(folder)).toEqual([
      ['conv1.loss', 3],
      ['log.conv1.positive', 2],
      ['seconds', 1],
    ])
  })

  test('that rules call as others are called are none of these', () => {
    const figures = new Map([
      ['conv1.loss', 2],
      ['log.conv1.cosine', 0.5],
      ['log.conv1.pair.loss', 7],
      ['log.conv1.linear', 0.1],
    ])
    expect(comparisonText(compareRuns([run({ figures })]), true)).toBe(losses)
  })

  test('of images that were set aside stand in a table of their own', () => {
    const figures = new Map([
      ['conv1.loss', 2],
      ['validation.loss', 3],
      ['validation.conv1.loss', 4],
    ])
    expect(comparisonText(compareRuns([run({ figures })]), false)).toBe(`${losses}

Losses on the images that were set aside, at the end

program  runs  conv1
───────  ────  ─────
tiny        1  4.000`)
  })
})

test('CSV quotes what would be taken for something else, and reads back', () => {
  expect(csv([['a,b', 'say "x"', 'two\nlines', 1.5]])).toBe('"a,b","say ""x""","two\nlines",1.5\r\n')
  expect(csv([['=1+1', '-rf', '@x', '-0.5', -1, '+1e-3']])).toBe("'=1+1,'-rf,'@x,-0.5,-1,+1e-3\r\n")
  const [header = '', first = ''] = runsCsv({ runs: sweep }).split('\r\n')
  expect(header).toMatch(
    /^run,program,option lr,option width,seed,.*,average\.knn,average\.linear,average\.few,conv1\.loss$/,
  )
  expect(first).toMatch(/^s\/0\.1-0,tiny,0\.1,1,0,/)
})

describe('figures', () => {
  const folder = newFolder()

  test('of losses are over as many steps as an epoch has, whatever its fractions are rounded to', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 20 }), (perEpoch, epochs) => {
        const lines = Array.from({ length: perEpoch * epochs }, (_, i) => ({
          ...{ step: i + 1, epoch: i / perEpoch, rate: 1, imagesPerSecond: 1 },
          losses: { conv1: i < perEpoch * (epochs - 1) ? 1000 : 1 },
        }))
        write(folder, 'metrics.jsonl', lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
        expect(stepFigures(folder)).toEqual([['conv1.loss', 1]])
      }),
      { examples: [[3, 3]], numRuns: 30 },
    )
  })

  test("of alignment keep apart a layer that is called 'mean' and the mean of all", () => {
    const of = (mean: number) => ({
      cosine: { mean, standardError: 0 },
      ratio: { mean, standardError: 0 },
    })
    const program = { checkpoint: null, layers: [{ layer: 'mean', ...of(0.25) }], mean: of(0.5) }
    const figures = alignmentFigures({
      ...{ data: 'few', batches: 1, seed: 0 },
      programs: [{ ...program, meanOfOthers: of(0.75) }],
    })
    expect(new Map(figures).get('mean.cosine')).toBe(0.25)
    expect(new Map(figures).get('mean of layers.cosine')).toBe(0.75)
  })
})

describe('hebb compare', () => {
  const folder = newFolder()

  beforeAll(async () => {
    write(folder, 'mine.ts', tinyProgram())
    await writeFewImages(folder, 'few', { train: 60, test: 60 })
    for (const seed of ['0', '1'])
      await hebb(
        [
          ...['run', 'mine.ts', '--data', 'few', '--out', `runs/${seed}`, '--seed', seed, '--steps', '4'],
          ...['--threads', '1', '--probe-epochs', '1', '--labels', '1', '--no-report'],
        ],
        folder,
      )
    await hebb(
      [
        'train',
        'mine.ts',
        '--data',
        'few',
        '--out',
        'runs/bare',
        '--seed',
        '2',
        '--steps',
        '4',
        '--threads',
        '1',
      ],
      folder,
    )
  })

  test('reads the folders of runs, and writes tables for people and for programs', async () => {
    const files = ['--csv', 'runs.csv', '--json', 'runs.json']
    const { code, stdout } = await hebb(
      ['compare', 'runs/0', 'runs/1', 'runs/bare', '--layers', ...files],
      folder,
    )
    expect(code).toBe(0)
    expect(stdout).toMatch(/^conv2\.average +tiny +2 +\d+\.\d ± \d+\.\d/m)
    expect(stdout).toMatch(/^tiny +3 +\d\.\d+ ± .* s/m)
    expect(stdout).toContain('Note: runs/bare was not probed: ')
    expect(readFileSync(join(folder, 'runs.csv'), 'utf8').trim().split('\r\n')).toHaveLength(4)
    const figures: unknown = JSON.parse(readFileSync(join(folder, 'runs.json'), 'utf8'))
    expect(figures).toMatchObject({ baseline: 'tiny', groups: [{ seeds: [0, 1, 2] }], runs: [{}, {}, {}] })
  })

  test('tells what is no run, and writes nothing', async () => {
    const { code, stderr } = await hebb(['compare', 'runs/0', 'few', '--csv', 'none.csv'], folder)
    expect(code).toBe(1)
    expect(stderr).toContain('few is not the folder of a run')
    expect(existsSync(join(folder, 'none.csv'))).toBe(false)
  })
})

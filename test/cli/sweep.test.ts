import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { sweep } from '../../src/index.ts'
import { addAxis, canonical, seedList } from '../../src/cli/sweep/axes.ts'
import { failureText } from '../../src/cli/sweep/failure-text.ts'
import { gridOf, namePrograms } from '../../src/cli/sweep/grid.ts'
import { writeImages } from '../../bench/torture/images.ts'
import { eventsOf } from './events-of.ts'
import { sweptProgram } from '../support/swept-program.ts'
import { hebb, hebbAlone, newFolder, startHebb, write } from './run-hebb.ts'

describe('what a sweep varies', () => {
  test('is every combination, in folders that say which, seeds together', () => {
    const grid = gridOf({
      programs: [{ name: 'mine', path: 'a/mine.ts' }],
      over: { lr: ['0.1', '0.2'], deep: ['true'] },
      seeds: [0, 3],
    })
    expect(grid.map(({ name }) => name)).toEqual([
      'mine_lr=0.1_deep=true_seed=0',
      'mine_lr=0.1_deep=true_seed=3',
      'mine_lr=0.2_deep=true_seed=0',
      'mine_lr=0.2_deep=true_seed=3',
    ])
    expect(grid[3]).toMatchObject({ program: 'a/mine.ts', options: { lr: '0.2', deep: 'true' }, seed: 3 })
  })

  test('has folders of its own for all values, of characters that every system takes', () => {
    const texts = fc.uniqueArray(fc.string({ minLength: 1, unit: 'grapheme' }), {
      minLength: 1,
      maxLength: 20,
      // The same number is one value, however it is written.
      selector: canonical,
    })
    fc.assert(
      fc.property(texts, (values) => {
        const names = gridOf({
          programs: [{ name: 'mine', path: 'mine.ts' }],
          over: { word: values },
          seeds: [0],
        }).map(({ name }) => name)
        expect(new Set(names).size).toBe(values.length)
        for (const name of names) expect(name).toMatch(/^\w[\w.+=-]{0,200}$/)
      }),
    )
  })

  test('calls programs by their files; they keep their names when others of the same come', () => {
    const [first] = namePrograms(['a/mine.ts'], [])
    expect(first).toEqual({ name: 'mine', path: 'a/mine.ts' })
    const named = namePrograms(
      ['b/mine.ts', 'a/mine.ts', 'a/mine.ts#other', 'bundles/x'],
      first ? [first] : [],
    )
    expect(named.map(({ name }) => name)).toEqual([
      expect.stringMatching(/^mine-[0-9a-f]{8}$/),
      'mine',
      'mine-other',
      'x',
    ])
  })

  test('is read from words: one value however it is written, lists in brackets', () => {
    expect(addAxis('lr=1e-4,0.0001,1/8')).toEqual({ lr: ['1e-4', '1/8'] })
    expect(addAxis('sizes=[32,64],[16]', { lr: ['1'] })).toEqual({ lr: ['1'], sizes: ['32,64', '16'] })
    expect(() => addAxis('lr')).toThrow(/name=value/)
    expect(() => addAxis('lr=1', { lr: ['2'] })).toThrow("'lr' is varied twice")
  })

  test('gives runs the values as they were written, and calls the same number the same', () => {
    const grid = (value: string) =>
      gridOf({ programs: [{ name: 'mine', path: 'mine.ts' }], over: addAxis(`v=${value}`), seeds: [0] })
    expect(grid('1.0')).toEqual([
      { name: 'mine_v=1_seed=0', program: 'mine.ts', options: { v: '1.0' }, seed: 0 },
    ])
    for (const same of ['1', '1e0', '2/2']) expect(grid(same)[0]?.name).toBe('mine_v=1_seed=0')
    expect(grid('[32, 64]')).toMatchObject([{ name: 'mine_v=32+64_seed=0', options: { v: '32, 64' } }])
  })

  test.each([
    ['3', [0, 1, 2]],
    ['2..4', [2, 3, 4]],
    ['0,7,7', [0, 7]],
    ['7,', [7]],
  ])('has the seeds %s', (text, seeds) => {
    expect(seedList.parse(text)).toEqual(seeds)
  })

  test.each(['0', '4..2', '-1', '1.5', ',', '1,x', '0..999999999'])('has no seeds %s', (text) => {
    expect(seedList.safeParse(text).success).toBe(false)
  })

  test('is said in a file by what the command line has flags for', () => {
    const given = {
      programs: ['a.ts', 'b.ts'],
      over: { lr: [1e-4, 2e-4], sizes: [[32, 64]] },
      seeds: [7],
      epochs: 2,
    }
    expect(sweep({ ...given, flags: { align: true, report: false, k: 3 } }).words).toEqual([
      ...['a.ts', 'b.ts', '--epochs=2', '--seeds=7,', '--over=lr=0.0001,0.0002', '--over=sizes=[32,64]'],
      ...['--align', '--no-report', '--k=3'],
    ])
    expect(() => sweep({ programs: [] })).toThrow('sweep: programs is []')
    expect(() => sweep({ ...given, over: { lr: [] } })).toThrow('lists of values by option')
  })
})

test('runs that failed alike are told of together', () => {
  const failures = new Map([
    ['a', 'ShapeError: no\nhelp'],
    ['b', 'DataError: gone'],
    ['c', 'ShapeError: no\nhelp'],
  ])
  expect(failureText(failures)).toBe('3 runs failed:\na, c: ShapeError: no\n  help\nb: DataError: gone')
})

describe('hebb sweep', () => {
  const folder = newFolder()
  const words = (...more: readonly string[]) => [
    ...[
      'sweep',
      'mine.ts',
      '--data',
      'few',
      '--out',
      'sweep',
      '--steps',
      '3',
      '--threads',
      '1',
      '--jobs',
      '2',
    ],
    ...['--probe-epochs', '1', '--labels', '1', '--no-report', ...more],
  ]
  const runs = () =>
    readdirSync(join(folder, 'sweep')).filter((name) => existsSync(join(folder, 'sweep', name, 'run.json')))

  beforeAll(async () => {
    await writeImages(join(folder, 'few'))
    write(
      folder,
      'mine.ts',
      `${sweptProgram}export const plan = sweep({ programs: 'mine.ts', over: { lr: [0.01] }, data: 'few', steps: 3, seeds: 2, flags: {
  threads: 1, 'probe-epochs': 1, labels: 1, report: false, align: false, tensorboard: true, quiet: false
} })
`,
    )
  })

  test('makes no run where a program does not take what is asked for, and says so once', async () => {
    for (const [over, told] of [
      ['lr=0.01,-1', /^ProgramError: .*lr is -1\n/],
      ['lrr=1,2', /^ProgramError: mine\.ts has no option 'lrr'\n[^]*did you mean 'lr'/],
    ] as const) {
      const { code, stderr } = await hebb(words('--over', over), folder)
      expect(code).toBe(1)
      expect(stderr).toMatch(told)
      expect(existsSync(join(folder, 'sweep'))).toBe(false)
    }
  })

  test('makes every run, says what fails and why, compares the others; the same command goes on with what is left', async () => {
    const first = await hebb(words('--over', 'lr=0.01,1000'), folder)
    expect(first.code).toBe(1)
    expect(runs()).toEqual(['mine_lr=0.01_seed=0'])
    expect(first.stderr).toMatch(/^1 run failed:\nmine_lr=1000_seed=0: ShapeError: /m)
    expect(first.stdout).toMatch(/^global averages +tiny +1 +\d/m)
    const log = join(folder, 'sweep/mine_lr=0.01_seed=0.log')
    const said = readFileSync(log, 'utf8')
    const second = await hebb(words('--over', 'lr=0.01,0.02'), folder)
    expect(second).toMatchObject({ code: 0 })
    expect(second.stdout).toMatch(/^Difference to tiny lr 0\.01 in points/m)
    // What is done is not even looked at by a process again.
    expect(readFileSync(log, 'utf8')).toBe(said)
    expect(readFileSync(join(folder, 'sweep/sweep.csv'), 'utf8').trim().split('\r\n')).toHaveLength(3)
  })

  test('compares by hebb compare, too', async () => {
    const { code, stdout } = await hebb(['compare', 'sweep', '--baseline', 'tiny lr 0.02'], folder)
    expect(code).toBe(0)
    expect(stdout).toContain('Difference to tiny lr 0.02 in points')
  })

  test.each([
    [
      'another length',
      words('--over', 'lr=0.01').map((word) => (word === '3' ? '4' : word)),
      /sweep was begun with --steps 3, not with --steps 4\n[^]*another folder/,
    ],
    [
      'a flag that it had not',
      words('--over', 'lr=0.01', '--keep', '2'),
      /sweep was begun without --keep, not with --keep 2\n/,
    ],
    [
      'other threads',
      words('--over', 'lr=0.01').map((word, i, all) => (all[i - 1] === '--threads' ? '2' : word)),
      /sweep was begun with 1 threads, not 2\n/,
    ],
  ])('refuses %s for a sweep that is there, by name', async (_what, command, expected) => {
    const { code, stderr } = await hebb(command, folder)
    expect(code).toBe(1)
    expect(stderr).toMatch(expected)
  })

  test('is not extended by what cannot be: a changed program, values that it does not compile with', async () => {
    const before = readFileSync(join(folder, 'mine.ts'), 'utf8')
    const record = () => readFileSync(join(folder, 'sweep/sweep.json'), 'utf8')
    const there = record()
    write(folder, 'mine.ts', before.replace('conv(2)', 'conv(3)'))
    const changed = await hebbAlone(words('--over', 'lr=0.01', '--seeds', '2'), folder)
    write(folder, 'mine.ts', before)
    expect(changed).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^SweepError: mine\.ts is not the program any more/m) as string,
    })
    const impossible = await hebb(words('--over', 'lr=0.01,2000'), folder)
    expect(impossible).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^ShapeError: [^]*with the options lr 2000/m) as string,
    })
    expect(record()).toBe(there)
  })

  test('has no run of its own in its folder', async () => {
    const run = words().map((word, i, all) => (all[i - 1] === '--out' ? 'sweep/mine_lr=0.01_seed=0' : word))
    const { code, stderr } = await hebb(run, folder)
    expect(code).toBe(1)
    expect(stderr).toMatch(/holds a run already\n.*choose another folder for --out/)
    expect(stderr).not.toContain('--resume')
  })

  test('is described by a file, which flags stand beside', async () => {
    rmSync(join(folder, 'sweep'), { recursive: true })
    const { code, stderr } = await hebb(['sweep', 'mine.ts#plan', '--out', 'sweep', '--seeds', '1'], folder)
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(runs()).toEqual(['mine_lr=0.01_seed=0'])
    expect(existsSync(join(folder, 'sweep/mine_lr=0.01_seed=0/report.html'))).toBe(false)
  })

  test('Ctrl-C stops all runs, each with a checkpoint; the same command goes on', async () => {
    const changed = new Map([
      ['--out', 'stopped'],
      ['--steps', '300'],
    ])
    const wanted = words('--checkpoint-every', '1', '--seeds', '2')
    const given = wanted.map((word, i) => changed.get(wanted[i - 1] ?? '') ?? word)
    const { child, ended, until } = startHebb(given, folder)
    const checkpoints = [0, 1].map((seed) => join(folder, `stopped/mine_seed=${seed}/checkpoint.safetensors`))
    await until(() => checkpoints.every((path) => existsSync(path)))
    child.kill('SIGINT')
    const stopped = await ended
    expect(stopped.code).toBe(130)
    expect(stopped.stdout).toBe('stopped; the same command goes on with stopped\n')
    const stoppedAt = [0, 1].map((seed) => {
      const log = readFileSync(join(folder, `stopped/mine_seed=${seed}.log`), 'utf8')
      return Number(/^stopped after step (\d+) of 300/m.exec(log)?.[1])
    })
    // A run that is killed, or whose worker is, has logged steps that its checkpoint knows nothing of.
    const metrics = join(folder, 'stopped/mine_seed=0/metrics.jsonl')
    const last = readFileSync(metrics, 'utf8').trimEnd().split('\n').at(-1) ?? ''
    appendFileSync(metrics, `${last.replace(/"step":\d+/, `"step":${Number(stoppedAt[0]) + 1}`)}\n`)
    const further = await hebb(given, folder)
    expect(further).toMatchObject({ code: 0 })
    for (const [seed, step] of stoppedAt.entries())
      expect(further.stderr).toContain(`mine_seed=${seed}: goes on after step ${step}\n`)
  })

  test('is stopped and watched by schedulers as a run is', async () => {
    const operated = ['--grace', '60', '--exit-zero-on-signal', '--log', 'json', '--prometheus', 'mine.prom']
    const changed = new Map([
      ['--out', 'watched'],
      ['--steps', '300'],
    ])
    const wanted = words('--checkpoint-every', '1', ...operated)
    const given = wanted.map((word, i) => changed.get(wanted[i - 1] ?? '') ?? word)
    const { child, ended, until } = startHebb(given, folder)
    const run = join(folder, 'watched/mine_seed=0')
    await until(() => existsSync(join(run, 'checkpoint.safetensors')))
    child.kill('SIGTERM')
    const { code, stdout, stderr } = await ended
    expect(code, stderr).toBe(0)
    const name = 'mine_seed=0'
    expect(eventsOf(stdout)).toMatchObject([{ event: 'stopped', sweep: 'watched' }])
    expect(eventsOf(stderr)).toMatchObject([
      { event: 'begun', name, run: join('watched', name), step: 0, done: 0, total: 1 },
      { event: 'signal', signal: 'SIGTERM', grace: 60 },
    ])
    const gauges = readFileSync(join(folder, `mine-${name}.prom`), 'utf8')
    expect(gauges).toMatch(/^hebb_running\{run="watched\/mine_seed=0"\} 0$/m)
    const again = await hebbAlone(given, folder)
    expect(again).toMatchObject({ code: 0 })
    expect(eventsOf(again.stdout)).toMatchObject([{ event: 'swept', failed: [] }])
    expect(eventsOf(again.stderr).at(-1)).toMatchObject({ event: 'ended', name, done: 1, total: 1 })
  })

  test('is told of flags that a file says too late', async () => {
    write(
      folder,
      'late.ts',
      `import { sweep } from 'hebb'
export default sweep({ programs: 'mine.ts', flags: { grace: 30 } })
`,
    )
    const { code, stderr } = await hebb(['sweep', 'late.ts', '--out', 'late'], folder)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^SweepError: late\.ts: --grace is read before [^]*hebb sweep late\.ts --grace 30$/m,
    )
  })

  test.each([
    [['sweep', 'mine.ts', '--data', 'few', '--out', 'x', '--seed', '3'], 'a sweep has --seeds'],
    [['sweep', '--data', 'few', '--out', 'x'], "missing required argument 'programs'"],
    [
      ['sweep', 'mine.ts', '--data', 'few', '--out', 'x', '--set', 'lr=1', '--over', 'lr=1,2'],
      "'lr' is set and varied",
    ],
    [['sweep', 'mine.ts', '--data', 'few', '--out', 'x', '--seeds', '0'], 'must be a number of seeds'],
  ])('%j is a mistake of usage', async (command, problem) => {
    const { code, stderr } = await hebb(command, folder)
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(problem) as string })
    expect(existsSync(join(folder, 'x'))).toBe(false)
  })
})

import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { run } from '../../src/cli/main.ts'
import { newFolder } from './run-hebb.ts'

/** What odd command lines get, without a process each. */

let out = ''
let err = ''
beforeEach(() => {
  ;[out, err] = ['', '']
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true))
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true))
  vi.spyOn(console, 'log').mockImplementation((text) => (out += `${String(text)}\n`))
  vi.spyOn(console, 'error').mockImplementation((text) => (err += `${String(text)}\n`))
})
afterEach(() => {
  vi.restoreAllMocks()
})

const train = ['train', 'nowhere', '--data', 'nowhere', '--out', 'nowhere/run']
const probe = ['probe', 'nowhere']
const align = ['align', 'nowhere.ts', '--data', 'nowhere']
const compile = ['compile', 'nowhere.ts', '--out', 'nowhere/bundle']

const usage = async (words: readonly string[], problem: string | RegExp) => {
  const code = await run(words)
  expect(err).toMatch(problem)
  expect(err).not.toMatch(/^ +at /m)
  expect({ code, out }).toEqual({ code: 2, out: '' })
}

/** No flag takes these for a number. */
const noNumbers = [
  ...['', ' ', ' 1', '1 ', '-0', '-1', '+1', '1.5', '1e3', '0x10', '1_000', '1,000', 'NaN', 'Infinity', 'x'],
  ...['١', '１', '1\n', '99999999999999999999999', '9007199254740993', '9007199254740992'],
]

describe('a number', () => {
  describe.each([
    ['--threads', train, 1, 1024],
    ['--workers', train, 1, 1024],
    ['--epochs', train, 1, 1e6],
    ['--steps', train, 1, 1e9],
    ['--checkpoint-every', train, 1, 1e9],
    ['--prepare-ahead', train, 0, 1000],
    ['--timeout', train, 1, 86_400],
    ['--seed', train, 0, Number.MAX_SAFE_INTEGER],
    ['--threads', probe, 1, 1024],
    ['--k', probe, 1, 1e9],
    ['--labels', probe, 1, 1e9],
    ['--epochs', probe, 1, 1e6],
    ['--batches', align, 1, 1e9],
    ['--train-projections', align, 1, 1e9],
    ['--timeout', compile, 1, 86_400],
    ['--networks', ['theory'], 1, 1e6],
    ['--seeds', ['demo'], 1, 1000],
  ] as const)('%s of hebb %s', (flag, words, least, most) => {
    const range = `must be a whole number from ${least} to ${most}`

    test.each([...noNumbers, String(least - 1), String(BigInt(most) + 1n)])('is not %j', async (value) => {
      await usage([...words, `${flag}=${value}`], range)
    })

    if (words !== align && words[0] !== 'theory' && words[0] !== 'demo')
      test.each([String(least), String(most), `000${most}`])('may be %s', async (value) => {
        expect(await run([...words, `${flag}=${value}`])).toBe(1)
        expect(err).toMatch(/^(File|Bundle|Run)Error: /)
      })
  })

  test.each(['0', '1', '1.0', '-0.1', 'NaN', 'x', '', ' 0.5', '0x1', '1e-400', '50%'])(
    '--validation is not %j',
    async (value) => {
      await usage([...probe, `--validation=${value}`], 'must be a number above 0 and below 1')
    },
  )

  test.each(['0', '-1', '-1e-3', 'NaN', 'Infinity', '1e999', '0x1', ''])(
    '--projection-rate is not %j',
    async (value) => {
      await usage([...align, `--projection-rate=${value}`], 'must be a number above 0')
    },
  )

  test.each(['0', '-1G', '4T', '99999999999999G', '1e3', '4 G', '', 'G'])(
    '--memory is not %j',
    async (value) => {
      await usage([...compile, `--memory=${value}`], 'must be a number of bytes')
    },
  )
})

describe('an option', () => {
  test.each([
    [
      ['align', 'a.ts', '--json', '--weird'],
      "option '--json <file>' argument missing: '--weird' is an option",
    ],
    [
      ['train', 'b', '--out', '--resume'],
      "option '--out <folder>' argument missing: '--resume' is an option",
    ],
    [['probe', 'r', '--json', '-x'], "argument missing: '-x' is an option"],
    [['compile', 'a.ts', '--out', '--'], 'argument missing'],
    [['new', 'rule', 'mine', '--out', '--force'], "argument missing: '--force' is an option"],
    [['compile', 'a.ts', '--out'], "option '--out <folder>' argument missing"],
    [['train', 'b', '--seed', '1', '--seed=2'], "option '--seed <number>' is given twice"],
    [
      ['train', 'b', '--out=', '--data=d'],
      "option '--out <folder>' argument '' is invalid: it must be a path",
    ],
    [['inspect', 'b', '--jsn'], "unknown option '--jsn'\n(Did you mean --json?)"],
    [['inspect', 'b', '--json=yes'], /error: /],
    [['train', 'b', '--no-resume'], "unknown option '--no-resume'"],
    [['-x'], "unknown option '-x'"],
  ] as const)('%j', async (words, problem) => {
    await usage(words, problem)
  })

  test.each([
    ['-1', ['train', 'b', '--data', 'd', '--out', 'o', '--seed', '-1'], 'it must be a whole number'],
    ['-', ['align', 'nowhere.ts', '--data', '-', '--batches', '0'], 'it must be a whole number'],
  ])('takes %s for a value', async (_, words, problem) => {
    await usage(words, problem)
  })
})

describe('words', () => {
  test.each([
    [[], 'Usage: hebb'],
    [['comple'], "unknown command 'comple'\n(Did you mean compile?)"],
    [[''], "unknown command ''"],
    [['compile', 'a.ts', 'b.ts', '--out', 'o'], 'too many arguments'],
    [['theory', 'x'], 'too many arguments'],
    [['demo', 'x'], 'too many arguments'],
    [['train', '', '--data', 'd', '--out', 'o'], "argument 'bundle' is empty"],
    [['inspect', ''], "argument 'paths' is empty"],
    [['inspect', 'a', ''], "argument 'paths' is empty"],
    [['probe', ''], "argument 'run' is empty"],
    [['align', '', '--data', 'd'], "argument 'programs' is empty"],
    [['new', 'rule', ''], "argument 'name' is empty"],
    [['inspect'], "missing required argument 'paths'"],
    [['new', 'rule'], "missing required argument 'name'"],
    [['new', 'rule', '-'], "'-' is no name for a rule"],
    [['inspect', 'a', 'b'], 'side by side with --locality only'],
    [['inspect', 'a', '--locality', '--graph', 'b'], "cannot be used with option '--locality'"],
    [['inspect', 'a', '--lowering', '--graph', 'b'], "cannot be used with option '--lowering'"],
    [['inspect', 'a', '--lowering', '--locality'], "cannot be used with option '--locality'"],
    [['help', 'trian'], /there is no command 'trian'.*did you mean 'train'\?/],
    [['help', 'new', 'nosuch'], /there is no command 'nosuch'.*there are rule/],
    [['help', 'train', 'extra'], "'extra' is too much: write hebb help train"],
  ] as const)('%j are a mistake of usage', async (words, problem) => {
    await usage(words, problem)
  })

  test.each([
    ['train', '--data', '--help'],
    ['train', 'b', '--seed', 'x', '--help'],
    ['train', '-h', '--out'],
    ['compile', '--help'],
    ['new', 'rule', '--out', '--help'],
    ['new', '--help'],
    ['align', '--weird', '--help'],
    ['probe', '--json', '-h'],
    ['--help'],
    ['help'],
    ['help', 'train'],
    ['help', 'new', 'rule'],
    ['help', 'train', '--help'],
  ])('%s %s %s asks for help', async (...words) => {
    expect(await run(words)).toBe(0)
    expect(out).toMatch(/^Usage: hebb /)
    expect(err).toBe('')
  })
})

describe('an output that cannot be written is told before anything is read or computed', () => {
  const folder = newFolder()
  const at = (name: string) => join(folder, name)
  writeFileSync(at('file'), '')
  mkdirSync(at('folder'))
  mkdirSync(at('reported/report.html'), { recursive: true })
  symlinkSync('/nowhere/at/all', at('dangling'))
  symlinkSync(at('loop'), at('loop'))

  const badFiles = [
    '.',
    'folder',
    'file/x.json',
    'no/such/x.json',
    'dangling',
    'loop',
    'dangling/x.json',
    'x/',
  ]
  const fileCommands = [
    ['probe', 'nowhere', '--json'],
    ['theory', '--json'],
    ['align', 'nowhere.ts', '--data', 'nowhere', '--json'],
  ] as const
  const badFolders = ['file', 'file/x', 'dangling', 'dangling/x', 'loop']
  const folderCommands = [
    ['align', 'nowhere.ts', '--data', 'nowhere', '--out'],
    ['train', 'nowhere', '--data', 'nowhere', '--out'],
    ['compile', 'nowhere.ts', '--out'],
    ['demo', '--out'],
    ['new', 'rule', 'mine', '--out'],
  ] as const

  test.each([
    ...fileCommands.flatMap((words) => badFiles.map((bad) => [...words, at(bad)])),
    ...fileCommands.map((words) => [...words, '/dev/null']),
    ...folderCommands.flatMap((words) => [...badFolders.map(at), '/dev/null'].map((bad) => [...words, bad])),
    ...(existsSync('/proc/self') ? folderCommands.map((words) => [...words, '/proc/x']) : []),
    ['align', 'nowhere.ts', '--data', 'nowhere', '--out', at('reported')],
    ['demo', '--out', at('reported')],
  ])('%s %s %s %s %s %s', async (...words) => {
    expect(await run(words)).toBe(1)
    expect(err).toMatch(/^FileError: cannot write /)
    expect(out).toBe('')
  })
})

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { hebb, hebbAlone, newFolder } from './run-hebb.ts'

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')))

test.for([
  [0, ['new', 'rule', '--help']],
  [1, ['new', 'rule', 'mine', '--out', '/dev/null']],
  [2, ['nwe']],
] as const)(
  'a process of its own ends with exit code %i and says what one says that runs many',
  async ([code, words]) => {
    const [alone, among] = [await hebbAlone(words, newFolder()), await hebb(words, newFolder())]
    expect(alone.code).toBe(code)
    expect(among).toEqual(alone)
  },
)

describe.concurrent('the command line', () => {
  test.for([
    'compile',
    'train',
    'probe',
    'inspect',
    'align',
    'theory',
    'new',
    'new rule',
    'data',
    'data preview',
    'demo',
    'install-onnxruntime',
    'install-cuda',
  ])('hebb %s --help has examples', async (command) => {
    const { code, stdout, stderr } = await hebb([...command.split(' '), '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^Usage: hebb ${command} `))
    expect(stdout).toMatch(new RegExp(`^Examples:\n {2}hebb ${command}`, 'm'))
  })

  test('hebb --help lists the commands, --version tells the version', async () => {
    const { code, stdout } = await hebb(['--help'])
    expect(code).toBe(0)
    for (const command of ['compile', 'train', 'probe', 'inspect', 'align', 'theory', 'new', 'data', 'demo'])
      expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'))
    expect(await hebb(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  test.for([
    ['no command', [], 'Usage: hebb'],
    ['an unknown command', ['comple', 'mine.ts'], "error: unknown command 'comple'\n(Did you mean compile?)"],
    ['a misspelt kind of file', ['new', 'rul', 'mine'], "error: unknown command 'rul'\n(Did you mean rule?)"],
    ['no kind of file', ['new'], 'Usage: hebb new'],
    ['a path for a name', ['new', 'rule', '../mine'], "error: '../mine' is no name for a rule: use letters"],
    [
      'an unknown flag',
      ['compile', 'mine.ts', '--fusd'],
      "error: unknown option '--fusd'\n(Did you mean --fused?)",
    ],
    ['a missing argument', ['train'], "error: missing required argument 'bundle'"],
    ['a missing flag', ['compile', 'mine.ts'], "error: required option '--out <folder>' not specified"],
    [
      'no epochs',
      ['train', 'b', '--data', 'd', '--out', 'o', '--epochs', '0'],
      'it must be a whole number from 1 to 1000000',
    ],
    [
      'a seed in words',
      ['train', 'b', '--data', 'd', '--out', 'o', '--seed', 'x'],
      "option '--seed <number>' argument 'x' is invalid",
    ],
    [
      'an unknown provider',
      ['train', 'b', '--data', 'd', '--out', 'o', '--provider', 'tpu'],
      'it must be cpu or cuda',
    ],
    [
      'a GPU of the CPU',
      ['train', 'b', '--data', 'd', '--out', 'o', '--device', '1'],
      "option '--device' is for --provider cuda",
    ],
    ['TF32 of the CPU', ['probe', 'r', '--tf32'], "option '--tf32' is for --provider cuda"],
    [
      'a GPU that is no number',
      ['train', 'b', '--data', 'd', '--out', 'o', '--provider', 'cuda', '--device', 'all'],
      'it must be a whole number from 0 to 1023',
    ],
    [
      'a GPU twice',
      ['run', 'b', '--data', 'd', '--out', 'o', '--provider', 'cuda', '--workers', '2', '--devices', '1,1'],
      'it must be different whole numbers from 0 to 1023, with commas between them',
    ],
    [
      'GPUs without workers',
      ['train', 'b', '--data', 'd', '--out', 'o', '--provider', 'cuda', '--devices', '0,1'],
      '2 --devices need as many --workers, or --parallel shards: each is on one',
    ],
    [
      'both epochs and steps',
      ['train', 'b', '--data', 'd', '--out', 'o', '--epochs', '1', '--steps', '2'],
      "'--steps <number>' cannot be used with option '--epochs <number>'",
    ],
  ] as const)('%s is a mistake of usage, exit code 2', async ([, args, problem]) => {
    const { code, stdout, stderr } = await hebb(args)
    expect(stderr).toContain(problem)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })
})

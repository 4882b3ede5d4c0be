import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { declare } from '../../src/lang/options/declare.ts'
import { readOption } from '../../src/cli/settings.ts'
import { fashionMnist, hebb, newFolder, write } from './run-hebb.ts'
import { showValue } from '../../src/lang/options/values.ts'
import type { OptionValue } from '../../src/index.ts'

/** `--set NAME=VALUE`: the options that a program declares, of every command that takes programs. */

const text = `import { adamw, check, conv, flatten, global, layer, linear, local, option, program, relu, rule } from 'hebb'

const quiet = rule<'image'>('quiet', ({ out }) => out.image.square().mean())

export default program.options(
  {
    lr: option(2e-4, check.positive),
    width: 1,
    more: [],
    credit: ['local', 'global'],
  },
  ({ lr, width, more, credit }) => ({
    input: { channels: 1, size: 28, classes: 10 },
    batch: 16,
    views: ['image'],
    encoder: [
      layer('dense', flatten(), linear(8 * width), relu()),
      ...more.map((units, i) => layer(\`dense\${i + 2}\`, linear(units), relu())),
    ],
    learn: credit === 'local' ? local(quiet) : global(quiet),
    optimizer: adamw({ lr }),
  }),
)
`
const plain = text.replace(
  'program.options(',
  '(({}, make) => program(make({ lr: 1, width: 1, more: [], credit: "local" })))(',
)

const folder = newFolder()
beforeAll(() => {
  write(folder, 'mine.ts', text)
  write(folder, 'plain.ts', plain)
})
const refusal = async (...words: readonly string[]) => {
  const { code, stdout, stderr } = await hebb(words, folder)
  expect(stdout).toBe('')
  return { code, stderr }
}
const manifestOf = async (...words: readonly string[]) => {
  const { stdout, stderr } = await hebb(['inspect', 'mine.ts', '--json', ...words], folder)
  expect(stderr).toBe('')
  const { program: described } = JSON.parse(stdout) as {
    program: { options: unknown; layers: { name: string; shape: number[] }[]; credit: string }
  }
  return described
}

describe('a setting', () => {
  test('is in force, beside the defaults of the others', async () => {
    const { options, layers, credit } = await manifestOf(
      ...['--set', 'width=1/2', '--set', 'more=3,2', '--set=credit=global'],
    )
    expect(options).toEqual({ lr: 2e-4, width: 0.5, more: [3, 2], credit: 'global' })
    expect(layers.map(({ name, shape }) => [name, ...shape])).toEqual([
      ['dense', 4],
      ['dense2', 3],
      ['dense3', 2],
    ])
    expect(credit).toBe('global')
  })

  test('is shown by inspect and by check, which tries all words', { timeout: 180_000 }, async () => {
    const inspected = await hebb(['inspect', 'mine.ts', '--set', 'lr=1e-3'], folder)
    expect(inspected.stdout).toMatch(/^Options: lr 0\.001, width 1, more \[\], credit local$/m)
    const checked = await hebb(['check', 'mine.ts', '--set', 'width=2'], folder)
    expect(checked.stdout).toMatch(
      /^options {4}lr = 0\.0002, a number above 0\n {11}width = 2, a finite number\n {11}more = \[\], a list of numbers\n {11}credit = local, 'local' or 'global': it compiles at each\n/m,
    )
    expect(checked.code).toBe(0)
  })

  test('stays with the run that is trained at it', { timeout: 180_000 }, async () => {
    const data = ['--data', fashionMnist, '--steps', '2']
    const trained = await hebb(['train', 'mine.ts', ...data, '--out', 'run', '--set', 'width=2'], folder)
    expect(trained.stderr).not.toMatch(/Error/)
    const manifest = readFileSync(join(folder, 'run/bundle/manifest.json'), 'utf8')
    expect(JSON.parse(manifest)).toMatchObject({ program: { options: { lr: 2e-4, width: 2 } } })
    const record = JSON.parse(readFileSync(join(folder, 'run/run.json'), 'utf8')) as unknown
    expect(record).toMatchObject({ options: { lr: 2e-4, width: 2, more: [], credit: 'local' } })
    // A run knows its options, so that its program goes on where it is named, and fits its checkpoint.
    const longer = ['train', 'mine.ts', '--resume', '--out', 'run', '--steps', '3']
    expect((await hebb(longer, folder)).stdout).toMatch(/^trained 3 steps/)
    expect(await refusal(...longer, '--set', 'width=2')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--set is for a new run/) as string,
    })
    const aligned = await hebb(['align', 'mine.ts', '--checkpoint', 'run', '--batches', '1'], folder)
    expect(aligned.stdout).toMatch(/^dense +1\.000/m)
  })
})

describe('refused is', () => {
  const cases: readonly [string, readonly string[], number, RegExp][] = [
    [
      'a name that is misspelt',
      ['mine.ts', '--set', 'wdth=2'],
      1,
      /no option 'wdth'\n {2}at mine\.ts:5:24\n {2}it has lr = 0\.0002, a number above 0; width = 1[^\n]*\n {2}did you mean 'width'\?\n$/,
    ],
    [
      'a number that is none',
      ['mine.ts', '--set', 'lr=fast'],
      1,
      /^ProgramError: --set: lr is 'fast'\n {2}at mine\.ts:7:9\n {2}give a number above 0\n$/,
    ],
    [
      'one out of its bounds',
      ['mine.ts', '--set', 'lr=-1'],
      1,
      /lr is -1\n {2}at mine\.ts:7:9\n {2}give a number above 0\n$/,
    ],
    [
      'a word that is none of them',
      ['mine.ts', '--set', 'credit=lokal'],
      1,
      /give 'local' or 'global'; did you mean 'local'\?\n$/,
    ],
    [
      'a number in a list',
      ['mine.ts', '--set', 'more=2,x'],
      1,
      /more\[1\] is 'x'\n[^]*give a finite number\n$/,
    ],
    ['two in one', ['mine.ts', '--set', 'lr=1,width=2'], 1, /Each option has a --set of its own\.\n$/],
    [
      'a value at which the program is none',
      ['mine.ts', '--set', 'width=1/3'],
      1,
      /^ProgramError: linear: units is 2\.66[^]*mine\.ts:17:33[^]*with the options lr 0\.0002, width 0\.333/,
    ],
    [
      'any option of a program that has none',
      ['plain.ts', '--set', 'lr=1'],
      1,
      /plain\.ts has no options[^]*Declare it: export default program\.options\(\{ lr: …/,
    ],
    ['no name', ['mine.ts', '--set', '=1'], 2, /It must be name=value/],
    ['no value', ['mine.ts', '--set', 'lr'], 2, /It must be name=value/],
    ['one name twice', ['mine.ts', '--set', 'lr=1', '--set', 'lr=2'], 2, /'lr' is set twice/],
    [
      'an option of a bundle',
      ['.', '--set', 'lr=1'],
      2,
      /^error: \. is no program: --set sets options of programs/,
    ],
  ]
  test.each(cases)('%s', async (_, words, code, told) => {
    const refused = await refusal('inspect', ...words)
    expect(refused.stderr.replace(/\n\(--help tells more\)/, '')).toMatch(told)
    expect(refused.code).toBe(code)
  })

  test('a program with options within one without: a function is told what to be', async () => {
    write(folder, 'function.ts', `${plain}export const later = () => 1\n`)
    expect(await refusal('inspect', 'function.ts#later')).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /is a function, not a program\n[^]*export const later = program\.options\(/,
      ) as string,
    })
  })
})

test('what a value is shown as is read as the same value', () => {
  const declared = declare({ number: 1, flag: true, word: ['a', 'b=,'], list: [1], text: 'x' }, undefined)
  const number = fc
    .float({ noNaN: true, noDefaultInfinity: true })
    .filter((each) => each === 0 || Math.abs(each) > 1e-37)
  const value: fc.Arbitrary<OptionValue> = fc.oneof(
    number,
    fc.boolean(),
    fc.array(number),
    fc.string(),
    fc.constantFrom('a', 'b=,'),
  )
  fc.assert(
    fc.property(value, (given) => {
      const option = declared.find(({ check }) => check.safeParse(given).success)
      expect(option && readOption(option, showValue(given))).toEqual(given)
    }),
  )
})

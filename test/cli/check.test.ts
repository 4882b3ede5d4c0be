import { join } from 'node:path'
import { expect, test } from 'vitest'
import { typeErrors } from '../support/type-errors.ts'
import { hebb, newFolder, startHebb, tinyProgram, write } from './run-hebb.ts'

/** `hebb check`: types, graphs and gradients of a program. */

test(
  'a rule with explicit updates: what is right, and what nobody checked',
  { timeout: 180_000 },
  async () => {
    const folder = newFolder()
    const learn = `local(rule('mine', ({ out, preactivation, correlate }) => ({
      updates: { weight: correlate(preactivation.rows) },
      loss: out.rows.square().mean(),
    })))`
    write(folder, 'mine.ts', tinyProgram({ learn, imports: '' }))
    const { code, stdout, stderr } = await hebb(['check', 'mine.ts'], folder)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^types +no errors \(TypeScript \d+\.\d+\.\d+\)$/m)
    expect(stdout).toMatch(/^compiles +2 layers, \d+ graphs, verified after each pass$/m)
    expect(stdout).toMatch(
      /^gradients +right to a relative error of \d\.\de-\d+; explicit updates of weight are not/m,
    )
  },
)

test(
  "type errors are told by the user's own tsconfig.json, each with its line",
  { timeout: 180_000 },
  async () => {
    const folder = newFolder()
    write(
      folder,
      'tsconfig.json',
      '{ "compilerOptions": { "strict": true, "noPropertyAccessFromIndexSignature": true } }',
    )
    write(
      folder,
      'mine.ts',
      `${tinyProgram()}\nexport const batch: number = 'twenty'\nexport const size: { x: { y: number } } = ((): { x: { y: string } } => ({ x: { y: '' } }))()\n`,
    )
    const { code, stdout, stderr } = await hebb(['check', 'mine.ts'], folder)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^mine\.ts:\d+:14 Type 'string' is not assignable to type 'number'\. \(TS2322\)\n/)
    expect(stderr).toMatch(/ is not assignable to type [^\n]* \(TS2322\)\n {2}[^\n]+\n {4}/)
    expect(stderr).not.toContain('u000a')
    expect(stderr).toMatch(
      /\nTypeError: mine\.ts has 2 type errors\n {2}They are above\. It compiles all the same\.\n$/,
    )
  },
)

test('a tsconfig.json that cannot be read is told', async () => {
  const folder = newFolder()
  write(folder, 'tsconfig.json', '{ "compilerOptions": { "strict": "yes" } }')
  write(folder, 'mine.ts', tinyProgram())
  const { code, stderr } = await hebb(['check', 'mine.ts'], folder)
  expect(stderr).toMatch(/^FileError: tsconfig\.json is not understood: Compiler option 'strict' requires/)
  expect(code).toBe(1)
})

test(
  'a gradient that is wrong, and a program that does not compile, end with 1',
  { timeout: 180_000 },
  async () => {
    const folder = newFolder()
    const kinked = '({ weight, out }) => weight.sub(weight.stopGradient()).relu().sum().add(out.rows.mean())'
    write(folder, 'kinked.ts', tinyProgram({ learn: `local(rule('kinked', ${kinked}))`, imports: '' }))
    const wrong = await hebb(['check', 'kinked.ts'], folder)
    expect(wrong.stderr).toMatch(/^RuleError: the gradient of 'kinked' is wrong by \d[^]*at kinked\.ts:\d+/)
    expect(wrong.code).toBe(1)
  },
)

test('a command without a program ends with 2', async () => {
  const { code, stderr } = await hebb(['check'], newFolder())
  expect(stderr).toMatch(/missing required argument 'program'/)
  expect(code).toBe(2)
})

test(
  'the settings that hebb new writes leave nothing to tell, of our sources neither',
  { timeout: 180_000 },
  async () => {
    const folder = newFolder()
    await hebb(['new', 'rule', 'mine'], folder)
    const files = ['mine.ts', 'mine.test.ts'].map((name) => join(folder, name))
    const asked = { settings: join(folder, 'tsconfig.json'), imported: true }
    expect(typeErrors(files, asked)).toEqual([])
  },
)

test('what runs the gradients is missing: a mistake that is told, and no bug', async () => {
  const folder = newFolder()
  write(folder, 'mine.ts', tinyProgram())
  const { code, stderr } = await startHebb(['check', 'mine.ts'], folder, { HEBB_ONNXRUNTIME: folder }).ended
  expect(code).toBe(1)
  expect(stderr).toMatch(/^ProviderError: HEBB_ONNXRUNTIME is .*, which holds no onnxruntime-node$/m)
  expect(stderr).not.toContain('bug of hebb')
})

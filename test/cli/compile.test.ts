import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hebb, hebbAlone, newFolder, tinyProgram, write } from './run-hebb.ts'

/** Compiles a program file of this text, in a folder outside the project, and expects the user's mistake. */
async function mistake(text: string, flags: readonly string[] = []): Promise<string> {
  const folder = newFolder()
  write(folder, 'mine.ts', text)
  const { code, stderr } = await hebb(['compile', 'mine.ts', '--out', 'bundle', ...flags], folder)
  expect(stderr).not.toMatch(/^ +at .*\bnode:|^ +at .*\/src\//m)
  expect(code).toBe(1)
  expect(existsSync(join(folder, 'bundle'))).toBe(false)
  return stderr
}

const contents = (folder: string) =>
  new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]))

describe.concurrent('hebb compile', () => {
  test('compiles a program that lies outside the project, twice to the same bytes', async () => {
    const folder = newFolder()
    write(folder, 'programs/mine.ts', tinyProgram())
    const first = await hebbAlone(['compile', 'programs/mine.ts', '--out', 'bundles/one'], folder)
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toContain('tiny: clapp, local credit, 2 layers, float32, 2 training graphs')
    expect(first.stdout).toMatch(/^conv2 +conv\(3, 3×3\) relu max-pool\(2\) +3×7×7 +57 +9$/m)
    expect(first.stdout).toMatch(/18 graphs, \d+ kB, in bundles\/one \(compiled in [\d.]+ s\)/)

    // Over an older bundle, too.
    await hebb(['compile', 'programs/mine.ts', '--out', 'bundles/two', '--fused'], folder)
    expect(contents(join(folder, 'bundles/two')).has('conv1.onnx')).toBe(false)
    const again = await hebbAlone(['compile', 'programs/mine.ts', '--out', 'bundles/two'], folder)
    expect(again).toMatchObject({ code: 0, stderr: '' })
    expect(contents(join(folder, 'bundles/two'))).toEqual(contents(join(folder, 'bundles/one')))
    expect(readdirSync(join(folder, 'bundles'))).toEqual(['one', 'two'])
  })

  test('parameters that nothing teaches are told', async () => {
    const folder = newFolder()
    const imports = "import { clappPlusPlus } from 'hebb/rules'"
    const learn =
      "local(rule('mine', (context) => (context.layer === 'conv1' ? { updates: {} } : context.out.a.square().mean())))"
    write(folder, 'mine.ts', tinyProgram({ imports, learn }))
    const { code, stderr } = await hebb(['compile', 'mine.ts', '--out', 'bundle'], folder)
    expect(stderr).toBe(
      "'mine' with local credit teaches all but conv1.weight, conv1.bias: they keep their start.\n",
    )
    expect(code).toBe(0)
  })

  test('--dtype takes the place of the program’s own type', async () => {
    const folder = newFolder()
    write(folder, 'mine.ts', tinyProgram())
    const { stdout } = await hebb(['compile', 'mine.ts', '--out', 'bundle', '--dtype', 'float64'], folder)
    expect(stdout).toContain('float64')
  })

  test('a shape mismatch names the line of the rule, and the operands with theirs', async () => {
    const text = `import { adamw, conv, layer, local, program, rule } from 'hebb'

interface Unused {
  readonly lines: number
}

const mine = () =>
  rule('mine', ({ out, parameter }) => {
    const activity = out.a.mean(2, 3)
    return activity.matmul(parameter('B', [7, 9])).mean()
  })

export default program({
  input: { channels: 1, size: 28 },
  batch: 4,
  encoder: [layer('conv1', conv(4))],
  learn: local(mine()),
  optimizer: adamw({ lr: 1e-3 }),
})
`
    expect(await mistake(text)).toBe(`ShapeError: conv1.mine: matmul: a row of 4 elements meets a column of 7
  at mine.ts:10:21
  operands:
    float32[4, 4]  mean  from mine.ts:9:28
    float32[7, 9]  conv1.mine.B  from mine.ts:10:28
  for 'conv1', taught at mine.ts:17:10
`)
  })

  test('a pool larger than the map names layer, sizes and what to do', async () => {
    const encoder = "\n    layer('conv1', conv(2), maxPool(4)),\n    layer('conv2', conv(2), maxPool(9)),\n  "
    const said = await mistake(tinyProgram({ encoder }))
    expect(said).toMatch(
      /^ShapeError: conv2: maxPool: a window of 9 does not fit a map of 7×7\n {2}at mine.ts:15:29$/m,
    )
    expect(said).toContain('use a smaller kernel or pool')
  })

  test.for([
    [
      'a misspelt rule',
      tinyProgram({ imports: "import { clap } from 'hebb/rules'", learn: 'local(clap())' }),
      "ImportError: 'hebb/rules' exports no 'clap'\n  at mine.ts:2:1\n  did you mean 'clapp'?\n",
    ],
    [
      'a rule looked for in the wrong module',
      tinyProgram({ imports: "import { clapp } from 'hebb'", learn: 'local(clapp())' }),
      "ImportError: 'hebb' exports no 'clapp'\n  at mine.ts:2:1\n  it is in 'hebb/rules': import { clapp } from 'hebb/rules'\n",
    ],
    [
      'a misspelt module',
      "import { clapp } from 'hebb/rulez'\nexport default clapp()\n",
      "ImportError: there is no 'hebb/rulez'\n  at mine.ts:1:24\n  imported from mine.ts or a file that it imports\n  did you mean 'hebb/rules'",
    ],
    [
      'a rule that is not imported',
      tinyProgram({ learn: 'local(clapp())' }),
      "ReferenceError: clapp is not defined\n  at mine.ts:14:10\n  import it: import { clapp } from 'hebb/rules'\n",
    ],
    [
      'a function that a rule uses and the program does not import',
      tinyProgram({ learn: "local(rule('mine', ({ out }) => concat([out.a], 1).mean()))" }),
      'ReferenceError: concat is not defined\n  at mine.ts:14:',
    ],
    [
      'a misspelt method in a rule',
      tinyProgram({ learn: "local(rule('mine', ({ out }) => out.a.avergePool(7)))" }),
      'TypeError: out.a.avergePool is not a function\n  at mine.ts:14:',
    ],
    [
      'a misspelt layer in a rule',
      tinyProgram({ learn: "local(rule('mine', ({ of }) => of('conv9').a.mean()))" }),
      "RuleError: there is no layer 'conv9'\n  at mine.ts:14:",
    ],
    [
      'a syntax error',
      'import { program } from "hebb"\n\nexport default program({\n  batch: 1\n  encoder: [],\n})\n',
      'SyntaxError: Expected "}" but found "encoder"\n  at mine.ts:5:3\n    encoder: [],\n    ^\n',
    ],
    ['an option that is misspelt', tinyProgram().replace('encoder:', 'encodr:'), 'at mine.ts:9:16\n'],
    [
      'no default export',
      'export const mine = 1\n',
      'ProgramError: mine.ts has no default export\n  at mine.ts:1:1\n  it exports mine\n  write: export default program({ … })\n',
    ],
    [
      'a default export that is no program',
      'export default { encoder: [] }\n',
      'ProgramError: the default export of mine.ts is not a program\n  at mine.ts:1:1\n',
    ],
  ] as const)('%s', async ([, text, expected]) => {
    expect(await mistake(text)).toContain(expected)
  })

  test('a missing program file', async () => {
    const { code, stderr } = await hebb(['compile', 'nowhere/mine.ts', '--out', 'bundle'], newFolder())
    expect(stderr).toMatch(/^FileError: no file nowhere\/mine.ts\n/)
    expect(code).toBe(1)
  })

  test('an output that cannot be written leaves nothing behind', async () => {
    const folder = newFolder()
    write(folder, 'mine.ts', tinyProgram())
    write(folder, 'file', 'not a folder')
    const { code, stderr } = await hebb(['compile', 'mine.ts', '--out', 'file/bundle'], folder)
    expect(stderr).toBe(
      'FileError: cannot write file/bundle: a part of the path is not a folder\n  Check the path.\n',
    )
    expect(code).toBe(1)
    expect(readdirSync(folder)).toEqual(['file', 'mine.ts'])
  })

  test('a folder with something else in it is not replaced', async () => {
    const folder = newFolder()
    write(folder, 'mine.ts', tinyProgram())
    mkdirSync(join(folder, 'thesis'))
    write(folder, 'thesis/chapter1.tex', 'years of work')
    const { code, stderr } = await hebb(['compile', 'mine.ts', '--out', 'thesis'], folder)
    expect(stderr).toContain('FileError: thesis holds something else than a bundle and is not replaced\n')
    expect(code).toBe(1)
    expect(readFileSync(join(folder, 'thesis/chapter1.tex'), 'utf8')).toBe('years of work')
  })
})

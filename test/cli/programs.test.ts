import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hebb, hebbAlone, newFolder, startHebb, tinyProgram, write } from './run-hebb.ts'

/**
 * Programs that could end, hang or outlive a process: each in one of its own. Below, those that only have to be found
 * and told. The rest is in with-program.test.ts.
 */

async function inspect(
  text: string,
  { name = 'mine.ts', flags = [] as readonly string[], run = hebbAlone } = {},
) {
  const folder = newFolder()
  write(folder, name, text)
  return run(['inspect', '--locality', ...flags, name], folder)
}

const inRule = (body: string) => tinyProgram({ learn: `local(rule('mine', ({ out }) => { ${body} }))` })
const after = (top: string) => `${tinyProgram()}\n${top}\n`
/** Enough for what comes before a program's own line, on a busy machine, too. */
const fourSeconds = { flags: ['--timeout', '4'] }

describe.concurrent('the command ends when its work is done', () => {
  test.for([
    ['a timer', after('setInterval(() => undefined, 1000)')],
    ['a server', after("import { createServer } from 'node:net'\ncreateServer().listen(0)")],
    [
      'a thread',
      after(
        "import { Worker } from 'node:worker_threads'\nnew Worker('setInterval(() => 0, 1000)', { eval: true })",
      ),
    ],
    ['a listener that never returns', after("process.on('exit', () => { for (;;) {} })")],
  ] as const)('whatever a program left: %s', async ([, text]) => {
    const { code, stdout, stderr } = await inspect(text)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('conv2')
  })
})

// One after the other: each has to come to its line before its time is over, however busy the machine is.
describe('what does not end is told as the program’s, exit code 1', () => {
  test.for([
    ['a loop without end', '\nfor (;;) {}\n', /^TimeoutError: mine.ts .* after 4 s\n {2}at mine.ts:2:/],
    ['one in a rule', inRule('for (;;) {}'), /^TimeoutError: mine.ts .* after 4 s\n {2}at mine.ts:14:/],
    [
      'one of promises',
      'const turn = async () => {\n  for (;;) await null\n}\nawait turn()\n',
      /^TimeoutError: mine.ts .* after 4 s\n {2}at mine.ts:2:/,
    ],
    [
      'one in a timer',
      after('setTimeout(() => { for (;;) {} }, 0)'),
      /^TimeoutError: mine.ts .* after 4 s\n {2}at mine.ts:18:/,
    ],
    [
      'a sleep',
      'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
      /^TimeoutError: mine.ts .* after 4 s\n {2}at mine.ts:1:/,
    ],
    [
      'an expression that takes for ever',
      "/^(a+)+$/.test('a'.repeat(60) + 'b')",
      /^TimeoutError: mine.ts .* after 4 s\n {2}at mine.ts:1:/,
    ],
  ] as const)('%s', async ([, text, told]) => {
    const { code, stdout, stderr } = await inspect(text, fourSeconds)
    expect(stderr).toMatch(told)
    expect(stderr).not.toContain('debugger')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  })
})

describe.concurrent('told as the program’s, exit code 1', () => {
  test.for([
    [
      'a promise that nothing settles',
      'await new Promise(() => undefined)',
      /^ProgramError: mine.ts waits for a promise that nothing is left to settle\n {2}at mine.ts:1:1\n/,
    ],
    [
      'a file that waits for itself',
      "await import('./mine.ts')",
      /^ProgramError: mine.ts waits for a promise/,
    ],
    [
      'a late error',
      after("setTimeout(() => { throw new Error('late') }, 0)"),
      /^Error: late\n {2}at mine.ts:18:/,
    ],
    [
      'a late text',
      after("setTimeout(() => { throw 'late' }, 0)"),
      /^ProgramError: the program threw 'late'\n {2}at mine.ts:\d+:20\n {2}of mine.ts/,
    ],
    ['a late rejection', after("void Promise.reject(new Error('late'))"), /^Error: late\n {2}at mine.ts:18:/],
    [
      'a late end',
      after('setTimeout(() => process.exit(0), 0)'),
      /^ProgramError: the program calls process.exit\(\)/,
    ],
    [
      'an error that its own listener would swallow',
      after(
        "process.on('uncaughtException', () => undefined)\nsetTimeout(() => { throw new Error('late') }, 0)",
      ),
      /^Error: late\n {2}at mine.ts:19:/,
    ],
    [
      'an asynchronous rule that fails',
      inRule("const fail = async () => { throw new Error('late') }; void fail(); return out.a.mean()"),
      /^Error: late\n {2}at mine.ts:14:/,
    ],
    [
      'closed output',
      after("import { closeSync } from 'node:fs'\ncloseSync(1)"),
      /^ProgramError: the program calls closeSync\(\) on its output, .*\n {2}at mine.ts:19:/,
    ],
  ] as const)('%s', async ([, text, told]) => {
    const { code, stdout, stderr } = await inspect(text)
    expect(stderr).toMatch(told)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  })

  test.for([
    [
      'CommonJS',
      "const { program } = require('hebb')\n",
      /^ReferenceError: require is not defined[^]*at mine.ts:1:[^]*write: import \{ program \} from 'hebb'/,
    ],
    ['no text', 'a\0b', /^SyntaxError: .*"\\x00"\n {2}at mine.ts:1:2\n {2}is it a text file\?\n$/],
  ] as const)('%s', async ([, text, told]) => {
    const { code, stdout, stderr } = await inspect(text, { run: hebb })
    expect(stderr).toMatch(told)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  })

  test('a loop that fills the memory', async () => {
    const folder = newFolder()
    write(folder, 'mine.ts', '\nconst list = []\nfor (;;) list.push([list.length])\n')
    const small = { NODE_OPTIONS: '--max-old-space-size=600' }
    const { code, stderr } = await startHebb(['inspect', 'mine.ts'], folder, small).ended
    expect(stderr).toMatch(/^MemoryError: mine.ts takes more memory than there is: \d+ MB\n {2}at mine.ts:3:/)
    expect(code).toBe(1)
  })

  test('files that import each other in a circle', async () => {
    const folder = newFolder()
    write(
      folder,
      'left.ts',
      "import { right } from './right.ts'\nexport const left = right\nexport default left\n",
    )
    write(folder, 'right.ts', "import { left } from './left.ts'\nexport const right = left\n")
    const { code, stderr } = await hebb(['inspect', 'left.ts'], folder)
    expect(stderr).toBe(
      "ReferenceError: Cannot access 'left' before initialization\n  at right.ts:2:22\n" +
        '  is it used above its line, or do files import each other in a circle?\n',
    )
    expect(code).toBe(1)
  })

  test('a syntax error in a file that it imports', async () => {
    const folder = newFolder()
    write(folder, 'helper.ts', 'export const f = (\n')
    write(folder, 'uses.ts', "import { f } from './helper.ts'\nf()\n")
    const { code, stderr } = await hebb(['inspect', 'uses.ts'], folder)
    expect(stderr).toMatch(/^SyntaxError: Unexpected end of file\n {2}at helper.ts:2:1\n/)
    expect(code).toBe(1)
  })
})

describe.concurrent('paths mean what they say', () => {
  test.for(['a b#c?d%20.ts', "größe “q” 's' $(x).ts", 'mine.ts#wide.ts', 'a\nb.ts'])('%j', async (name) => {
    const { code, stderr, stdout } = await inspect(tinyProgram(), { name, run: hebb })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('conv2')
  })

  test('also those given before the program changed the working folder', async () => {
    const folder = newFolder()
    write(folder, 'mine.ts', `process.chdir('/')\n${tinyProgram()}`)
    const { code, stderr } = await hebb(['compile', 'mine.ts', '--out', 'bundles/mine'], folder)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(existsSync(join(folder, 'bundles/mine/manifest.json'))).toBe(true)
  })

  test.for(['helper.ts', 'help%20er #1?.ts'])(
    'a helper far from any package may wait at its top: %s',
    async (name) => {
      const folder = newFolder()
      write(folder, name, 'export const sizes: readonly number[] = await Promise.resolve([2, 3])\n')
      const wanted = `import { sizes } from './${encodeURIComponent(name)}'`
      const encoder = 'layer(`conv${sizes.length}`, conv(2), relu())'
      write(
        folder,
        'mine.ts',
        tinyProgram({ imports: `${wanted}\nimport { clappPlusPlus } from 'hebb/rules'`, encoder }),
      )
      const { code, stderr, stdout } = await hebb(['inspect', '--locality', 'mine.ts'], folder)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toContain('conv2')
    },
  )

  test('a line of a file with an odd name is told', async () => {
    const name = 'a b#c?d%20.ts'
    const odd = (line: string) => inspect(`interface A { b: number }\n${line}\n`, { name, run: hebb })
    expect(await odd('throw new Error("odd")')).toMatchObject({
      code: 1,
      stderr: `Error: odd\n  at ${name}:2:7\n`,
    })
    expect(await odd('const x = {')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^SyntaxError: .*\n {2}at a b#c\?d%20.ts:3:1\n/) as string,
    })
  })

  test('an export may have any name', async () => {
    const text = tinyProgram().replace('export default', 'export const größe =')
    const folder = newFolder()
    write(folder, 'mine.ts', text)
    expect(await hebb(['inspect', '--locality', 'mine.ts#größe'], folder)).toMatchObject({
      code: 0,
      stderr: '',
    })
  })
})

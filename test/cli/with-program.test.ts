import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { UserError } from '../../src/base/error.ts'
import { keepCallSites } from '../../src/ir/call-sites.ts'
import { compile } from '../../src/compile.ts'
import { withProgram } from '../../src/cli/with-program.ts'
import { newFolder, write } from './run-hebb.ts'

/** What program files do to the process that loads them, without a process each. */

const folder = newFolder()
let files = 0

/** A right program after `top`, with `body` in its rule; `top` starts in line 2, `body` in line 4. */
const programText = ({
  top = '',
  body = '',
}): string => `import { adamw, conv, layer, local, program, rule } from 'hebb'
${top}
const agree = rule('agree', ({ out }) => {
${body}
  return out.a.sub(out.b).square().mean()
})
export default program({
  name: 'right',
  input: { channels: 1, size: 8 },
  batch: 2,
  encoder: [layer('conv1', conv(2))],
  learn: local(agree),
  optimizer: adamw({ lr: 1e-3 }),
})
`

const writeProgram = (text: string): string => write(folder, `program${(files += 1)}.ts`, text)

const compileText = (text: string): Promise<string> =>
  withProgram(writeProgram(text), { timeout: 20 }, (program) => compile(program).manifest.program.name)

describe('a program may', () => {
  test.each([
    ['set the exit code', { top: 'process.exitCode = 3' }],
    ['change the working folder', { top: "process.chdir('/')" }],
    ['change it in a rule', { body: "process.chdir('/')" }],
    ['leave a timer', { top: 'setInterval(() => undefined, 1000).unref()' }],
    ['listen to the end of the process', { top: "process.on('exit', () => { process.exitCode = 5 })" }],
    ['hear Ctrl-C', { top: "process.on('SIGINT', () => undefined)" }],
    [
      'forget who else listens',
      { top: "for (const event of ['SIGINT', 'disconnect']) process.removeAllListeners(event)" },
    ],
    ['catch all errors', { top: "process.on('uncaughtException', () => undefined)" }],
    ['replace console.log', { top: 'console.log = () => undefined' }],
    ['replace what writes to stdout', { top: 'process.stdout.write = () => true' }],
    ['replace JSON.stringify', { top: "JSON.stringify = () => ''" }],
    ['replace it in a rule', { body: "JSON.stringify = () => ''" }],
    ['replace a method of lists', { top: 'Array.prototype.findLastIndex = () => 0' }],
    ['shorten stacks', { top: 'Error.stackTraceLimit = 0' }],
    ['ask whether it lives', { top: 'process.kill(process.pid, 0)' }],
    ['wait for what comes', { top: 'await new Promise((done) => setTimeout(done, 5))' }],
  ])('%s; nothing of it stays', async (_, parts) => {
    const state = () => ({
      folder: process.cwd(),
      exitCode: process.exitCode,
      events: ['exit', 'SIGINT', 'disconnect', 'uncaughtException'].map((event) =>
        process.listenerCount(event),
      ),
      functions: [console, process.stdout, JSON, Array.prototype].map((from) =>
        ['log', 'write', 'stringify', 'findLastIndex'].map((name): unknown => Reflect.get(from, name)),
      ),
      stacks: [Error.stackTraceLimit, Reflect.get(Error, 'prepareStackTrace')],
    })
    // What hebb itself keeps from its first program on.
    keepCallSites()
    const ours = () => undefined
    process.on('SIGINT', ours).on('disconnect', ours)
    const before = state()
    expect(await compileText(programText(parts))).toBe('right')
    expect(state()).toEqual(before)
    process.off('SIGINT', ours).off('disconnect', ours)
  })
})

describe('a program may not', () => {
  const refused = (line: number) =>
    new RegExp(
      `^the program calls \\S+\\(\\)[^\\n]*, which would stop hebb, too\\n {2}at \\S+:${line}:\\d+\\n`,
    )

  test.each([
    'process.exit()',
    'process.exit(0)',
    'process.exit(3)',
    'globalThis.process.reallyExit(0)',
    'process.abort()',
    "process.kill(process.pid, 'SIGTERM')",
    "process.kill(-process.pid, 'SIGKILL')",
    'process.stdout.end()',
    'process.stdout.destroy()',
    'process.stderr.destroy()',
    "const { closeSync } = await import('node:fs'); closeSync(1)",
    "const fs = await import('node:fs'); fs.close(2, () => undefined)",
    'try { process.exit(0) } catch {}',
    "const { exit } = await import('node:process'); exit(0)",
  ])('%s', async (top) => {
    await expect(compileText(programText({ top }))).rejects.toThrow(refused(2))
    expect(process.stdout.destroyed || process.stdout.writableEnded).toBe(false)
  })

  test('do so in a rule', async () => {
    await expect(compileText(programText({ body: 'process.exit(0)' }))).rejects.toThrow(refused(4))
    await expect(compileText(programText({ body: 'try { process.exit(0) } catch {}' }))).rejects.toThrow(
      refused(4),
    )
  })

  test('wait without end', async () => {
    const file = writeProgram('\nawait new Promise(() => undefined)')
    await expect(withProgram(file, { timeout: 1 }, () => 0)).rejects.toThrow(
      `${file} still waits for a promise after 1 s\n  at ${file}:2:`,
    )
  })
})

describe('whatever a program throws is told with its file', () => {
  test.each([
    ['an error', "throw new TypeError('wrong')", /^wrong\n {2}at \S+:1:7$/],
    ['an error in a function', 'const f = () => { null.x }\nf()', /\(reading 'x'\)\n {2}at \S+:1:/],
    ['no more than an error', 'throw new Error()', /^it says nothing more\n {2}at \S+:1:7$/],
    ['a text', "throw 'text'", /^the program threw 'text'\n {2}at \S+:1:1\n {2}while \S+ was loaded\n/],
    [
      'nothing',
      'throw undefined',
      /^the program threw undefined\n {2}at \S+:1:1\n {2}while \S+ was loaded\n/,
    ],
    ['a symbol', 'throw Symbol()', /^the program threw Symbol\(\)\n/],
    [
      'an object of nothing',
      'throw Object.create(null)',
      /^the program threw \[Object: null prototype\] \{\}\n/,
    ],
    ['a rejection', "await Promise.reject(new Error('late'))", /^late\n {2}at \S+:1:/],
    [
      'several errors',
      "throw new AggregateError([new Error('one'), 'two'], 'many', { cause: new RangeError('why') })",
      /^many\n {2}at \S+:1:7\n {2}- Error: one\n {2}- 'two'\n {2}caused by RangeError: why$/,
    ],
    ['a stack that throws', frozen("get() { throw new Error('trap') }"), /^frozen\n/],
    ['a stack that is none', frozen('value: 3'), /^frozen\n/],
    [
      'what cannot be read at all',
      "throw new Proxy({}, new Proxy({}, { get() { throw new Error('trap') } }))",
      /^the program threw |^trap\n/,
    ],
    ['a megabyte', "throw new Error('x'.repeat(1e6))", /^x{2000} … \(1,000,000 letters in all\)\n/],
    ['a thousand lines', "throw new Error('x\\n'.repeat(1e3))", /^(x\n){19}x … \(2,000 letters in all\)\n/],
    ['too many calls', 'const f = () => f() + 1\nf()', /^Maximum call stack size exceeded\n {2}at \S+:1:/],
    ['a name too early', 'x\nconst x = 1', /^Cannot access 'x' before initialization\n[^]*in a circle\?$/],
    ['a getter', 'export default { get encoder() { throw new Error("got") } }', /^got\n {2}at \S+:1:/],
    ['a proxy', 'export default new Proxy({}, { has: () => true })', /is not a program\n/],
    [
      'a promise',
      programText({}).replace('default program(', 'default (async (x) => program(x))('),
      /is a promise of a program\n/,
    ],
    [
      'what only looks like one',
      'export default { encoder: [], learn: {}, origin: 1 }',
      /is not a program\n/,
    ],
    [
      'what import takes for a promise',
      'export const then = (f) => f(1)',
      /exports a function called 'then'/,
    ],
    ['no text', 'a\0b', /Unexpected "\\x00"|is it a text file\?/],
  ])('%s', async (_, text, told) => {
    const error = await compileText(text).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UserError)
    expect(error).toHaveProperty('message', expect.stringMatching(told))
  })

  test('in a file that it imports', async () => {
    write(folder, 'helper.ts', "\nexport const f = () => {\n  throw new Error('helped')\n}\n")
    await expect(compileText("import { f } from './helper.ts'\nf()\n")).rejects.toThrow(
      `helped\n  at ${join(folder, 'helper.ts')}:3:`,
    )
  })
})

function frozen(stack: string): string {
  return `const error = new Error('frozen')\nObject.defineProperty(error, 'stack', { ${stack} })\nthrow error\n`
}

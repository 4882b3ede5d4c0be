import { join } from 'node:path'
import { runInThisContext } from 'node:vm'
import { afterEach, describe, expect, test } from 'vitest'
import { userLine } from '../../src/cli/user-line.ts'
import { UserError } from '../../src/base/error.ts'
import { readThrown } from '../../src/cli/thrown.ts'
import { keepCallSites } from '../../src/ir/call-sites.ts'
import { captureOrigin } from '../../src/ir/origin.ts'
import { hebb, newFolder, tinyProgram, write } from '../cli/run-hebb.ts'

/** Errors and nodes name the user's line whatever its path looks like and whatever the user did to stacks. */

const folder = join('/', 'somebody', 'else')
const paths = [
  'plain.ts',
  'a b.ts',
  'a (1).ts',
  '(a) at b (file:///c.ts:1:2).ts',
  'ü/日本.ts',
  'a#b.ts',
  'a?b=c.ts',
  '100%20.ts',
  'a:3:4.ts',
  'a\nb.ts',
  '    at a (b.ts:1:2)\n.ts',
  'src/runtime/node_modules.ts',
]

/** Code that calls what it is given, or throws, on line 2 of a file that need not exist. */
const at = (file: string, line: string): unknown =>
  runInThisContext(`\n  ${line}`, { filename: file, displayErrors: false })
const callAt = (file: string) => at(file, '(body) => body()') as (body: () => unknown) => unknown
const thrownAt = (file: string, line = 'throw new Error("mine")'): Error => {
  try {
    at(file, line)
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('nothing was thrown')
}

const formatter: unknown = Reflect.get(Error, 'prepareStackTrace')
const limit = Error.stackTraceLimit
afterEach(() => {
  Reflect.set(Error, 'prepareStackTrace', formatter)
  Error.stackTraceLimit = limit
})

describe.each(paths)('in %j', (name) => {
  const file = join(folder, name)

  test('a node knows its line', () => {
    expect(callAt(file)(captureOrigin)).toEqual({ file, line: 2, column: 13 })
  })

  test('an error knows its line', () => {
    expect(userLine(thrownAt(file))).toEqual({ origin: { file, line: 2, column: 9 }, thrownThere: true })
  })

  test('a mistake is told on one line', () => {
    const { message } = new UserError('ProgramError', 'wrong', { origin: { file, line: 2, column: 9 } })
    expect(message.split('\n')).toHaveLength(2)
  })
})

describe('a program that', () => {
  const file = join(folder, 'mine.ts')
  const place = { origin: { file, line: 2, column: 9 }, thrownThere: true }

  test('keeps no stacks: its nodes know their lines', () => {
    Error.stackTraceLimit = 0
    expect(callAt(file)(captureOrigin)).toMatchObject({ file, line: 2 })
    expect(Error.stackTraceLimit).toBe(0)
  })

  test.each([
    ['throws', () => expect.fail('written')],
    ['returns call sites', (_: unknown, sites: unknown) => sites],
    ['returns other lines', () => 'Error\n    at /nowhere.ts'],
  ])('replaced Error.prepareStackTrace by a function that %s', (_, replaced) => {
    Error.prepareStackTrace = replaced
    expect(callAt(file)(captureOrigin)).toMatchObject({ file, line: 2 })
    expect(userLine(thrownAt(file))).toEqual(place)
    expect(Reflect.get(Error, 'prepareStackTrace')).toBe(replaced)
  })

  test('printed its error before it threw it', () => {
    keepCallSites()
    const error = thrownAt(file)
    expect(error.stack).toContain('mine.ts:2:9')
    expect(userLine(error)).toEqual(place)
  })

  test.each([
    ['a stack that throws', 'throw Object.defineProperty(new Error("mine"), "stack", { get() { throw 1 } })'],
    ['no stack', 'throw Object.assign(new Error("mine"), { stack: undefined })'],
    ['a frozen error', 'throw Object.freeze(new Error("mine"))'],
  ])('throws %s', (_, line) => {
    const error = thrownAt(file, line)
    expect(() => userLine(error)).not.toThrow()
    expect(readThrown(error).stack).toBeTypeOf('string')
  })
})

test('positions are those of the TypeScript, in a folder of any name', async () => {
  const mine = newFolder()
  const name = 'a b (1) #%41:3/mine.ts'
  write(
    mine,
    name,
    `interface Unused {\n  readonly of: number\n}\n${tinyProgram()}\nthrow new Error('mine')\n`,
  )
  const line = 3 + tinyProgram().split('\n').length + 1
  const { code, stderr } = await hebb(['inspect', name], mine)
  expect(stderr).toBe(`Error: mine\n  at ${name}:${line}:7\n`)
  expect(code).toBe(1)
})

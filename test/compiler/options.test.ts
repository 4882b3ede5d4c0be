import { describe, expect, test } from 'vitest'
import { blocks, classify, UserError } from '../../src/index.ts'
import { exported, factories, type Factory } from '../support/factories.ts'
import { hostile, takes, type Hostile, type Takes } from '../support/hostile.ts'

/** What programs give to factories is checked where it enters: types, ranges and names, at the program's line. */

const all = Object.entries(factories)

const call = ({ make }: Factory, given: readonly unknown[]): unknown => Reflect.apply(make, undefined, given)

/** The mistake that is told, which must name a line of this file; undefined where there is none. */
function mistake(factory: Factory, given: readonly unknown[]): UserError | undefined {
  try {
    call(factory, given)
    return undefined
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return error
  }
}

const standard = ({ arguments: given = [], required, options }: Factory): unknown[] =>
  options ? [...given, { ...required }] : [...given]

/** Every hostile value at one place: what is told of it, for those that the place does not take. */
function expectChecked(
  factory: Factory,
  kind: Takes,
  place: string,
  at: (value: unknown) => unknown[],
): void {
  for (const [label, value] of Object.entries(hostile) as [Hostile, unknown][]) {
    const told = mistake(factory, at(value))
    const what = `${place}: ${label}`
    const taken = (takes[kind] as readonly Hostile[]).includes(label)
    if (taken) expect(told?.message, what).toBeUndefined()
    else {
      expect(told, what).toBeInstanceOf(UserError)
      expect(told?.origin?.file, what).toMatch(/factories\.ts$|options\.test\.ts$/)
      expect(told?.message.replaceAll('\n', ''), what).not.toMatch(/\p{Cc}/u)
      expect(told?.message.length, what).toBeLessThan(700)
    }
  }
}

test('no exported function is left out', () => {
  expect(exported().length).toBeGreaterThan(50)
  expect(Object.keys(factories).filter((name) => name !== 'program.input')).toEqual(
    expect.arrayContaining(exported()),
  )
})

test('a list of nothing but holes is told by its first one, at once', () => {
  const before = process.memoryUsage().heapUsed
  const holes = Array<number>(1_000_000)
  const told = mistake({ make: blocks }, [holes, classify()])
  expect(told?.message).toMatch(/^blocks: sizes\[0\] is missing/)
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(200e6)
})

describe.each(all)('%s', (_, factory) => {
  const given = factory.arguments ?? []

  test('takes what it is meant to', () => {
    expect(mistake(factory, standard(factory))).toBeUndefined()
  })

  test('takes nothing else as an argument', () => {
    given.forEach((_, i) => {
      expectChecked(factory, factory.takes?.[i] ?? 'none', `argument ${i}`, (value) =>
        standard(factory).map((usual, j) => (i === j ? value : usual)),
      )
    })
  })

  test.skipIf(factory.takesAnyNumber)('takes nothing behind them', () => {
    expect(mistake(factory, [...standard(factory), undefined])).toBeUndefined()
    expect(mistake(factory, [...standard(factory), 7])?.message).toMatch(/has no use for 7[^]*leave it out/)
  })

  const { options = {}, required = {} } = factory
  test('takes nothing else as an option', () => {
    for (const [name, kind] of Object.entries(options))
      expectChecked(factory, kind, name, (value) => [...given, { ...required, [name]: value }])
  })

  test.skipIf(factory.options)('takes no options', () => {
    expect(mistake(factory, [...given, { option: 1 }])?.message).toMatch(/an object \{ option \}/)
  })

  test.runIf(factory.options)('has these options, and suggests one for another name', () => {
    const told = mistake(factory, [...given, { ...required, qqqqqqqqqqqqqqqq: 1 }])
    const [, names = ''] = /there are (.*)$/m.exec(told?.message ?? '') ?? []
    expect(names.split(', ').sort()).toEqual(Object.keys(options).sort())
    for (const name of Object.keys(options)) {
      const misspelt = mistake(factory, [...given, { ...required, [`${name}x`]: undefined }])
      expect(misspelt?.message).toMatch(new RegExp(`has no option '${name}x'[^]*did you mean.*'${name}'`))
    }
  })

  test.runIf(factory.options)('has no options that are no object', () => {
    const kind = Object.keys(required).length === 0 ? 'object' : 'none'
    expectChecked(factory, kind, 'options', (value) => [...given, value])
  })

  test.runIf(factory.options)("tells a getter that throws as the program's", () => {
    const [name = ''] = Object.keys(options)
    const thrown = Object.defineProperty({ ...required }, name, {
      enumerable: true,
      get: () => {
        throw new TypeError('gone')
      },
    })
    expect(mistake(factory, [...given, thrown])?.message).toMatch(new RegExp(`reading ${name} failed: gone`))
  })
})

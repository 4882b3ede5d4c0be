import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  adamw,
  check,
  compile,
  conv,
  layer,
  local,
  option,
  program,
  relu,
  rule,
  type OptionValue,
  type Program,
} from '../../src/index.ts'
import { showValue } from '../../src/lang/options/values.ts'

/** Options of programs: declared by their defaults, set by `with`, and part of what a bundle says of its program. */

const quiet = rule<'image'>('quiet', ({ out }) => out.image.square().mean())

const parts = ({ lr = 1e-3, width = 4, batch = 2 } = {}) => ({
  name: 'tiny',
  input: { channels: 1, size: 8 },
  views: ['image'] as const,
  batch,
  encoder: [layer('one', conv(width), relu())],
  learn: local(quiet),
  optimizer: adamw({ lr }),
})

const tiny = program.options(
  { lr: option(1e-3, check.positive), width: option(4, check.count), batch: 2, activity: ['relu', 'none'] },
  ({ activity, ...sizes }) => ({
    ...parts(sizes),
    encoder: [layer('one', conv(sizes.width), ...(activity === 'relu' ? [relu()] : []))],
  }),
)
const identity = (of: Program): string => compile(of).manifest.identity

describe('a program with options', () => {
  test('is the program at its defaults', () => {
    const { name, batch, options } = tiny
    expect({ name, batch, options }).toEqual({
      name: 'tiny',
      batch: 2,
      options: { lr: 1e-3, width: 4, batch: 2, activity: 'relu' },
    })
    expect(identity(tiny)).toBe(identity(program(parts())))
  })

  test('is another one with others, and stays what it is', () => {
    const wide = tiny.with({ width: 8 })
    expect(compile(wide).manifest.program.layers[0]?.shape).toEqual([8, 8, 8])
    expect(wide.options).toEqual({ ...tiny.options, width: 8 })
    expect(wide.with({ lr: 0.1 }).options).toEqual({ ...tiny.options, width: 8, lr: 0.1 })
    expect(identity(wide.with({ width: 4 }))).toBe(identity(tiny))
    expect(tiny.options.width).toBe(4)
  })

  test('says in its bundle which were in force, which does not count for its identity', () => {
    expect(compile(tiny.with({ lr: 0.1 })).manifest.program.options).toEqual({
      lr: 0.1,
      width: 4,
      batch: 2,
      activity: 'relu',
    })
    expect(compile(program(parts())).manifest.program).not.toHaveProperty('options')
    const unused = program.options({ rate: 1e-3, seed: 0 }, ({ rate }) => parts({ lr: rate }))
    expect(identity(unused.with({ seed: 1 }))).toBe(identity(tiny))
  })

  test('compiles to the same bytes twice', () => {
    const [one, other] = [tiny.with({ width: 8 }), tiny.with({ width: 8 })].map((each) => compile(each))
    expect(one?.digest).toBe(other?.digest)
  })

  test('may be made of a program that a function returns', () => {
    const made = program.options({ lr: 1e-3 }, ({ lr }) => program(parts({ lr })))
    expect(identity(made.with({ lr: 0.5 }))).toBe(identity(program(parts({ lr: 0.5 }))))
  })

  test('keeps what is not set, and takes undefined for that', () => {
    expect(tiny.with({}).options).toEqual(tiny.options)
    // @ts-expect-error -- an option that is given has a value
    expect(tiny.with({ lr: undefined }).options).toEqual(tiny.options)
  })
})

/** Type by type: lines that TypeScript must refuse are marked. */
test('the values have the types of their declarations', () => {
  const declared = {
    rate: 2e-4,
    wide: true,
    label: 'text',
    channels: [4, 8],
    rule: ['clapp', 'infonce'],
    count: option(3, check.whole(1, 9)),
    word: option('u', check.oneOf('u', 'v')),
  } as const
  program.options(declared, ({ rate, wide, label, channels, rule: which, count, word }) => {
    const typed: readonly [
      number,
      boolean,
      string,
      readonly number[],
      'clapp' | 'infonce',
      number,
      'u' | 'v',
    ] = [rate, wide, label, channels, which, count, word]
    expect(typed).toEqual([2e-4, true, 'text', [4, 8], 'clapp', 3, 'u'])
    return parts()
  })
  // @ts-expect-error -- there is no option rates
  program.options({ rate: 1 }, (values) => parts({ lr: Number(values.rates ?? 1) }))
  // @ts-expect-error -- a width is a number
  expect(() => tiny.with({ width: 'four' })).toThrow(/with: width is 'four'/)
  // @ts-expect-error -- one of two words
  expect(() => tiny.with({ activity: 'tanh' })).toThrow(/give 'relu' or 'none'/)
  // @ts-expect-error -- an optimizer is no option
  expect(() => program.options({ optimizer: adamw({ lr: 1 }) }, () => parts())).toThrow(
    /optimizer is an object/,
  )
  // @ts-expect-error -- a check of words for a number
  expect(() => option(1, check.oneOf('u', 'v'))).toThrow(/option: default is 1/)
})

describe('refused, with the line and what to do, is', () => {
  const cases: readonly [string, () => unknown, RegExp][] = [
    ['a misspelt name', () => tiny.with({ wdth: 8 } as object), /no option 'wdth'[^]*did you mean 'width'\?/],
    [
      'what its check refuses',
      () => tiny.with({ lr: 0 }),
      /with: lr is 0\n {2}at .*\n {2}give a number above 0/,
    ],
    ['what float32 cannot hold', () => tiny.with({ batch: 1e40 }), /batch is 1e\+40[^]*float32 can hold/],
    ['a default that its check refuses', () => option(-1, check.positive), /option: default is -1/],
    ['no check', () => option(1, Number as never), /option: check is the function Number[^]*check\.positive/],
    [
      'a list of nothing known',
      () => program.options({ a: [true] as never }, () => parts()),
      /a is \[true\]/,
    ],
    ['one word twice', () => program.options({ a: ['x', 'x'] }, () => parts()), /a is \['x', 'x'\]/],
    ['a name that no command line has', () => program.options({ 'a=b': 1 }, () => parts()), /called 'a=b'/],
    [
      'a program at defaults at which it is none',
      () => program.options({ batch: 0.5 }, (sizes) => parts(sizes)),
      /program: batch is 0\.5/,
    ],
    [
      'a value at which it is none, with all that are in force',
      () => tiny.with({ batch: 0.5 }),
      /program: batch is 0\.5[^]*with the options lr 0\.001, width 4, batch 0\.5, activity relu/,
    ],
    [
      'a function that returns nothing',
      () => program.options({ lr: 1 }, () => undefined as never),
      /the function returned undefined[^]*return what program takes/,
    ],
    [
      'one that is asynchronous',
      () => program.options({ lr: 1 }, () => Promise.resolve(parts()) as never),
      /the function returned a Promise/,
    ],
    [
      'options within options',
      () => program.options({ lr: 1 }, () => tiny),
      /returned a program that has options[^]*in one place/,
    ],
    [
      'with, of a copy that it would lose',
      () => ({ ...tiny, batch: 4 }).with({ lr: 1 }),
      /something else than/,
    ],
    [
      'with, apart from its program',
      () => Reflect.apply(tiny.with, undefined, [{}]) as unknown,
      /something else than/,
    ],
    ['more than options', () => tiny.with({}, 7 as never), /with has no use for 7/],
  ]
  test.each(cases)('%s', (_, make, told) => {
    expect(make).toThrow(told)
    expect(make).toThrow(/program-options\.test\.ts:\d+/)
  })
})

test('with, of a copy that is the same, sets options: it may have been frozen or spread', () => {
  const copy = { ...tiny }
  expect(copy.with({ lr: 0.5 }).options.lr).toBe(0.5)
})

test('a value is shown as --set reads it', () => {
  const shown: readonly [OptionValue, string][] = [
    [1e-4, '0.0001'],
    [true, 'true'],
    ['clapp', 'clapp'],
    [[32, 64.5], '32,64.5'],
  ]
  for (const [value, text] of shown) expect(showValue(value)).toBe(text)
  fc.assert(fc.property(fc.double({ noNaN: true }), (value) => Object.is(Number(showValue(value)), value)))
})

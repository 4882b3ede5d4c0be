import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { check, rule, UserError, type Rule } from '../../src/index.ts'
import * as rules from '../../rules/index.ts'
import * as recipes from '../../rules/recipes/vgg.ts'
import { resnet18 } from '../../rules/recipes/resnet18.ts'
import { stl10 } from '../../rules/recipes/stl10.ts'
import { linearNetwork } from '../../rules/recipes/linear/dense.ts'
import { factories } from '../support/factories.ts'

/** No rule takes an option that it does not have: it would be lost without a word. */

const mistake = (make: () => unknown): UserError => {
  try {
    make()
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error('it was taken')
}

const withOptions = Object.entries(factories).filter(([name, { options }]) => name in rules && options)

test.each(withOptions)(
  '%s tells an option that it does not have, at the line that calls it',
  (_, factory) => {
    const { make, arguments: given = [], required = {}, options = {} } = factory
    const name = fc.stringMatching(/^[a-z]{1,12}$/).filter((each) => !Object.hasOwn(options, each))
    fc.assert(
      fc.property(name, fc.anything(), (unknown, value) => {
        const told = mistake(
          () => Reflect.apply(make, undefined, [...given, { ...required, [unknown]: value }]) as unknown,
        )
        expect(told.message).toContain(`has no option '${unknown}'`)
        expect(told.origin?.file).toMatch(/rule-options\.test\.ts$/)
      }),
      { numRuns: 20 },
    )
  },
)

test('there are as many as the rules have', () => {
  expect(withOptions.length).toBeGreaterThan(15)
})

test.each<[string, (options: object) => unknown]>([
  ['vgg6', recipes.vgg6],
  ['vgg8', recipes.vgg8],
  ['resnet18', resnet18],
  ['stl10', stl10],
  ['linearNetwork', linearNetwork],
])('nor does the recipe %s', (name, make) => {
  expect(mistake(() => make({ widht: 2 })).message).toMatch(
    new RegExp(`^${name} has no option 'widht'[^]*did you mean 'widths?'`),
  )
})

/** A rule as users write one. */
const mine = (
  given: { readonly margin?: number; readonly both?: boolean; readonly sizes?: readonly number[] } = {},
): Rule<'a' | 'b'> => {
  const { margin, both, sizes } = check.withDefaults(
    'mine',
    { margin: 1, both: true, sizes: [2], of: 'a' },
    given,
  )
  return rule(`mine ${margin} ${String(both)} ${sizes.join()}`, ({ out }) => out.a.mean())
}

describe('withDefaults', () => {
  test('has the defaults for what is not given', () => {
    expect(mine().name).toBe('mine 1 true 2')
    expect(mine({ margin: 3, both: false, sizes: [] }).name).toBe('mine 3 false ')
  })

  test.each([
    [{ margn: 3 }, /mine has no option 'margn'[^]*did you mean 'margin'/],
    [{ margin: NaN }, /mine: margin is NaN[^]*give a finite number/],
    [{ margin: '3' }, /mine: margin is '3'[^]*give a finite number/],
    [{ both: 1 }, /mine: both is 1[^]*give true or false/],
    [{ sizes: [1, null] }, /mine: sizes\[1\] is null[^]*give a finite number/],
    [{ sizes: 3 }, /mine: sizes is 3[^]*give a list of numbers/],
    [3, /mine: the options are 3/],
  ])('refuses %j, at the line that calls the rule', (given: unknown, told) => {
    const line = Number(/rule-options\.test\.ts:(\d+)/.exec(new Error().stack ?? '')?.[1])
    const error = mistake(() => mine(given as object))
    expect(error.message).toMatch(told)
    // In one file with the rule: not the rule's own line.
    expect(error.origin).toMatchObject({ line: line + 1 })
  })

  test('has types of its own', () => {
    // @ts-expect-error -- an option that there is not
    expect(() => mine({ margn: 3 })).toThrow(UserError)
    // @ts-expect-error -- a number is no flag
    expect(() => mine({ both: 1 })).toThrow(UserError)
    const { size }: { readonly size: number } = check.withDefaults('other', { size: 3 }, {})
    expect(size).toBe(3)
  })
})

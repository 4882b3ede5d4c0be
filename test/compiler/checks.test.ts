import { expect, test } from 'vitest'
import { check, type Tensor } from '../../src/index.ts'
import { options, type Checks } from '../../src/lang/check.ts'
import { count, flag, shaped, text } from '../../src/lang/kinds.ts'

/** That no option goes unchecked is told by the compiler of TypeScript: lines that it must refuse are marked. */

interface Made {
  readonly side?: number
  readonly bias?: boolean
}
const whole: Checks<Made> = { side: count.optional(), bias: flag.optional() }

test('an option without a check does not compile', () => {
  // @ts-expect-error -- bias has no check
  const missing: Checks<Made> = { side: count.optional() }
  const given: Made = {}
  // @ts-expect-error -- nor here, where the type is that of what is given
  expect(options('made', { side: count.optional() }, given)).toEqual({})
  // @ts-expect-error -- nor in a rule
  expect(check.options('made', missing, given as Made & { readonly rate?: number })).toEqual({})
})

test('nor a check without an option, or of another type', () => {
  // @ts-expect-error -- there is no option rate
  const more: Checks<Made> = { ...whole, rate: count.optional() }
  // @ts-expect-error -- a side is a number
  const other: Checks<Made> = { ...whole, side: flag.optional() }
  expect([Object.keys(more), Object.keys(other)]).toEqual([
    ['side', 'bias', 'rate'],
    ['side', 'bias'],
  ])
})

test('nor a part of an object that a program makes', () => {
  interface Part {
    readonly name: string
    readonly apply: (x: Tensor) => Tensor
  }
  // @ts-expect-error -- apply has no check
  const part = shaped<Part>('a part', { name: text })
  expect(part.safeParse({ name: 'mine' }).success).toBe(true)
})

test('an option that is misspelt is told with the one that is meant', () => {
  const misspelt: object = { sides: 3 }
  expect(() => options<Made>('made', whole, misspelt)).toThrow(
    /made has no option 'sides'[^]*did you mean 'side'/,
  )
})

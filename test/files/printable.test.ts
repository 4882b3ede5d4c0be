import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonText, printable, printableLines } from '../../src/base/printable.ts'

/** Text of others on a terminal: no character of it moves the cursor, and as JSON it is the same value still. */

const text = fc.string({
  unit: fc.constantFrom(
    'a',
    'é',
    '\n',
    '\t',
    '\r',
    '\0',
    '\x1b',
    '\x7f',
    '\x9b',
    '\u2028',
    '\u202e',
    '\u2066',
  ),
})
const isHarmless = (shown: string) => !/(?![\n\t])[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(shown)

test('control characters are shown as numbers', () => {
  fc.assert(
    fc.property(text, (given) => {
      expect(isHarmless(printable(given)) && !/[\n\t]/.test(printable(given))).toBe(true)
      expect(isHarmless(printableLines(given))).toBe(true)
    }),
  )
})

test('JSON for a terminal reads as what it was made of', () => {
  fc.assert(
    fc.property(fc.dictionary(text, fc.array(text)), (value) => {
      const shown = jsonText(value)
      expect(isHarmless(shown)).toBe(true)
      expect(JSON.parse(shown)).toEqual(value)
    }),
  )
})

test('JSON has a list of numbers on one line, and anything else line by line', () => {
  expect(jsonText({ counts: [[1, -2.5e-7], [null]], names: ['a', '[\n1]'] })).toBe(`{
  "counts": [
    [ 1, -2.5e-7 ],
    [ null ]
  ],
  "names": [
    "a",
    "[\\n1]"
  ]
}`)
})

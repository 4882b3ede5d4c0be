import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { vectors, vectorsFolder } from '../scripts/vectors/vectors.ts'

/** The examples beside docs/bundle.md are what our sources make: npm run vectors. */

const made = await vectors()

test('the files of test vectors are those that are made', () => {
  expect(readdirSync(vectorsFolder).sort()).toEqual(Object.keys(made).sort())
})

test.each(Object.entries(made))('%s is as it is made now', (name, text) => {
  expect(readFileSync(new URL(name, vectorsFolder), 'utf8')).toBe(text)
})

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'

const folder = new URL('../../graphs/golden/', import.meta.url)
const update = process.env.UPDATE_GOLDEN !== undefined

/** Compares a text with `graphs/golden/NAME`, or writes it there where UPDATE_GOLDEN is set. */
export function expectGolden(name: string, text: string): void {
  const file = new URL(name, folder)
  if (update) {
    mkdirSync(new URL('.', file), { recursive: true })
    writeFileSync(file, text)
  }
  expect(existsSync(file), `graphs/golden/${name} is missing: run with UPDATE_GOLDEN=1`).toBe(true)
  expect(text).toBe(readFileSync(file, 'utf8'))
}

/** `CLAPP++, 3 negatives` as a file is called: `clapp-plus-plus-3-negatives.txt`. */
export const goldenFile = (name: string): string =>
  `${name
    .toLowerCase()
    .replaceAll('++', ' plus plus')
    .replaceAll(/[^a-z0-9]+/g, '-')}.txt`

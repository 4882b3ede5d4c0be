import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** docs/security.md: each row of the threat model names the test that tries it. */

const root = join(import.meta.dirname, '../..')
const rows = [
  ...readFileSync(join(root, 'docs/security.md'), 'utf8').matchAll(
    /^\| (?<threat>[^|]+?) +\| [^|]+\| \[(?<file>[^\]]+)\]\((?<link>[^)]+)\): (?<title>[^|]+?) +\|$/gm,
  ),
].map(({ groups }) => groups as Readonly<Record<'threat' | 'file' | 'link' | 'title', string>>)

test('the threat model has a row for each threat', () => {
  expect(rows.length).toBeGreaterThan(20)
})

test.each(rows)('$threat: its test is there', ({ file, link, title }) => {
  expect(join('docs', link)).toBe(file)
  expect(readFileSync(join(root, file), 'utf8')).toContain(title)
})

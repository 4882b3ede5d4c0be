import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { publicNames } from '../scripts/reference/public-names.ts'

/** docs/reference has what there is: every public name, as it is documented now. */

const folder = join(import.meta.dirname, '../docs/reference')
const names = publicNames()

test('every public name is documented, options and members too', () => {
  expect(names.length).toBeGreaterThan(500)
  expect(names.flatMap(({ name, isDocumented }) => (isDocumented ? [] : [name]))).toEqual([])
})

test('the pages are of these very names, signatures and comments: npm run reference', () => {
  const made = JSON.parse(readFileSync(join(folder, 'names.json'), 'utf8')) as Readonly<
    Record<string, string>
  >
  const now = Object.fromEntries(names.map(({ name, hash }) => [name, hash]))
  const differ = [...new Set([...Object.keys(made), ...Object.keys(now)])].filter(
    (name) => made[name] !== now[name],
  )
  expect(differ).toEqual([])
})

test('every module has a page', () => {
  for (const page of ['README', 'hebb/README', 'hebb/rules', 'hebb/runtime', 'hebb/testing'])
    expect(existsSync(join(folder, `${page}.md`)), page).toBe(true)
})

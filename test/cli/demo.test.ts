import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hebb, newFolder, write } from './run-hebb.ts'

test('the demo removes nothing that it did not make, and says how to train anew', async () => {
  const folder = newFolder()
  write(folder, 'clapp++.seed0/run.json', '{"format":"hebb-run"}')
  write(folder, 'clapp++.seed0/notes.md', 'years of work')
  const { code, stderr } = await hebb(['demo', '--out', folder])
  expect(code).toBe(1)
  expect(stderr).toContain('run.json is of an earlier version of hebb')
  expect(stderr).toContain('--again')
  expect(readFileSync(join(folder, 'clapp++.seed0/notes.md'), 'utf8')).toBe('years of work')
  expect(readdirSync(folder)).not.toContain('lock')
})

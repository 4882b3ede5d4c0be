import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { compile, type Program } from '../src/index.ts'

/** The README is true: its program compiles as it stands, and what it points to is there. */

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const folder = mkdtempSync(join(import.meta.dirname, 'readme-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('the README', () => {
  test('shows a program that compiles', async () => {
    const [, code = ''] = /```ts\n([^]*?)```/.exec(readme) ?? []
    const file = join(folder, 'mine.ts')
    writeFileSync(file, code)
    const { default: program } = (await import(file)) as { default: Program }
    const { manifest } = compile(program)
    expect(manifest.train.graphs.map(({ name }) => name)).toEqual(['conv1', 'conv2', 'conv3'])
  })

  test('has a rule of about 15 lines', () => {
    const [, rule = ''] = /(export const vicreg[^]*?\n {2}\}\)\n)/.exec(readme) ?? []
    expect(rule.trim().split('\n').length).toBeGreaterThan(5)
    expect(rule.trim().split('\n').length).toBeLessThanOrEqual(15)
  })

  test('links to files that exist', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link = '']) => link)
    expect(links.length).toBeGreaterThan(3)
    for (const link of links) expect(() => readFileSync(join(root, link))).not.toThrow(/ENOENT/)
  })

  test('names only scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    for (const [, script = ''] of readme.matchAll(/npm run ([\w:]+)/g))
      expect(scripts).toHaveProperty([script])
  })
})

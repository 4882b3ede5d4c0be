import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildDocuments } from '../scripts/package/build.mjs'
import { hebb } from '../src/cli/main.ts'

/** What a package has to read is true there: links lead somewhere, commands are there. */

const project = join(import.meta.dirname, '..')
const installed = join(project, 'node_modules/.cache', `hebb-documents-${process.pid}`)

beforeAll(() => {
  buildDocuments(installed)
})
afterAll(() => {
  rmSync(installed, { recursive: true, force: true })
})

const read = (path: string): string => readFileSync(join(installed, path), 'utf8')
const documents = (): string[] =>
  readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'))
/** Where text, without code, links to. */
const linksOf = (text: string): string[] =>
  [...text.replace(/^ *```[^]*?^ *```$/gm, '').matchAll(/\]\((?!\w+:)([^)#]+)/g)].map(([, link = '']) => link)

describe('in a package', () => {
  test('no link of a document is dead', () => {
    const names = documents()
    for (const name of ['README.md', 'dist/docs/install.md', 'dist/docs/reference/README.md'])
      expect(names).toContain(name)
    const dead = names.flatMap((name) =>
      linksOf(read(name)).flatMap((link) =>
        existsSync(join(installed, dirname(name), link)) ? [] : [`${name}: ${link}`],
      ),
    )
    expect(dead).toEqual([])
  })

  test('README.md is of the package: how it is installed, a rule, and commands that there are', async () => {
    const text = read('README.md')
    expect(text).toMatch(/npm install \.\/hebb-\d+\.\d+\.\d+\.tgz/)
    expect(text).toContain('export const vicreg')
    expect(text).not.toMatch(/[{]A rule|git clone|^npm (run|test)/m)
    const { commands } = await hebb()
    for (const [, command] of text.matchAll(/npx hebb ([a-z-]+)/g))
      expect(commands.map((each) => each.name())).toContain(command)
  })

  test('documents link to sources as they are there', () => {
    expect(linksOf(read('dist/docs/rules.md')).some((link) => link.endsWith('.js'))).toBe(true)
  })
})

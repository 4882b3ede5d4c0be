import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildDocuments } from '../scripts/package/build.mjs'
import { writeDocuments } from '../scripts/package/documents.mjs'
import { hebb } from '../src/cli/main.ts'

/** What a package has to read is true there: links lead somewhere, commands are there. */

const project = join(import.meta.dirname, '..')
// Where the runner of tests writes: another test sees that nothing else is written.
const installed = join(project, 'node_modules/.vite', `hebb-documents-${process.pid}`)

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

test('what git ignores is in no package: the page that was built, graphs, runs', () => {
  const place = mkdtempSync(join(tmpdir(), 'hebb-package-'))
  try {
    cpSync(join(project, '.gitignore'), join(place, '.gitignore'))
    for (const path of [
      ...['docs/install.md', 'examples/mine.ts', 'examples/browser/page.ts', 'CHANGELOG.md'],
      ...['examples/browser/dist/assets/images.bin', 'examples/mine.onnx', 'examples/node_modules/a/a.js'],
    ]) {
      mkdirSync(dirname(join(place, path)), { recursive: true })
      writeFileSync(join(place, path), '')
    }
    writeDocuments(join(place, 'packed'), place)
    const files = readdirSync(join(place, 'packed'), { recursive: true, withFileTypes: true })
    expect(files.flatMap((each) => (each.isFile() ? [each.name] : [])).sort()).toEqual([
      'CHANGELOG.md',
      'install.md',
      'mine.ts',
      'page.ts',
    ])
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
})

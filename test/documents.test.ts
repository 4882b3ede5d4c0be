import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exitCodes } from '../src/cli/exit-codes.ts'
import { hebb } from '../src/cli/main.ts'
import { compile, type Program } from '../src/index.ts'
import { stepsOf } from './support/document.ts'
import { typeErrors } from './support/type-errors.ts'

/** All documents: what they point to is there. */

const root = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...markdown('docs'),
  ...markdown('docs/decisions'),
]

function markdown(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)
}

/** As GitHub names what a link may point to. */
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

describe.each(documents)('%s', (document) => {
  const text = read(document)

  test('links to what is there', () => {
    for (const [, link = '', anchor] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
      const target = link === '' ? document : join(dirname(document), link)
      expect(existsSync(join(root, target)), target).toBe(true)
      if (anchor !== undefined) expect(anchorsOf(read(target)), target).toContain(anchor)
    }
  })
})

describe('docs/command-line.md', () => {
  const text = read('docs/command-line.md')

  test('has every exit code', () => {
    const codes = [...text.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code))
    expect(codes).toEqual([0, ...Object.values(exitCodes)])
    expect(text).toMatch(/^\| 128 \+ _n_ .*\b129\b.*\b130\b.*\b143\b/m)
  })

  test('has every command', async () => {
    const { commands } = await hebb()
    for (const command of commands) expect(text).toMatch(new RegExp(`^npx hebb ${command.name()} `, 'm'))
  })
})

const inside = mkdtempSync(join(root, 'test/documents-'))
afterAll(() => {
  rmSync(inside, { recursive: true, force: true })
})

const documentsWithPrograms = [
  'README.md',
  'docs/tutorial.md',
  'docs/modules.md',
  'docs/mixed-precision.md',
  'docs/optimizers.md',
  'docs/augmentation.md',
  'docs/rules.md',
  'docs/several-losses.md',
  'docs/data.md',
  'docs/export.md',
  'docs/options.md',
  'docs/sweeps.md',
]

/** Saved as a reader would; those without a name are called as their document. */
const saved = documentsWithPrograms.flatMap((document) =>
  stepsOf(read(document)).flatMap((step) => {
    if (step.kind !== 'file' || step.name.endsWith('.py')) return []
    const name = step.name === '' ? `${basename(document, '.md')}.ts` : step.name.replace('.test.', '-test.')
    const folder = join(inside, basename(document, '.md'))
    return [{ document, name, folder, file: join(folder, name), text: step.text }]
  }),
)
beforeAll(() => {
  for (const { folder, file, text } of saved) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, text)
  }
})

/** Compiled by its own test, which compares what comes of it with what it shows. */
const elsewhere = ['docs/architecture.md']

test('programs of the documents have no type errors', { timeout: 180_000 }, () => {
  expect(saved).toHaveLength(25)
  expect(typeErrors(saved.map(({ file }) => file))).toEqual([])
})

describe('a whole program compiles:', () => {
  const whole = saved.filter(({ text }) => text.includes('export default program('))

  test.each(whole)('$name of $document', async ({ file }) => {
    const { default: program } = (await import(file)) as { default: Program }
    expect(compile(program).manifest.train.graphs.length).toBeGreaterThan(0)
  })

  test('every document that has one is among these', () => {
    const having = documents.filter(
      (document) => !elsewhere.includes(document) && /^export default program\(/m.test(read(document)),
    )
    expect(having.filter((document) => !documentsWithPrograms.includes(document))).toEqual([])
  })
})

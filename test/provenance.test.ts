import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

/** Every table of measured figures names the command that writes it, and the day and the commit of which it is. */

const root = join(import.meta.dirname, '..')
const documents = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, text: readFileSync(join(root, 'docs', name), 'utf8') }))

/** Tables with numbers that nothing was measured for, by document and first heading of the table. */
const given: Readonly<Record<string, string>> = {
  'command-line.md: code': 'exit codes',
}

interface Table {
  readonly document: string
  readonly first: string
  readonly rows: readonly (readonly string[])[]
  /** The generated section in which it stands. */
  readonly section: string | undefined
}

const cellsOf = (line: string) =>
  line
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim())

function tablesOf({ name, text }: (typeof documents)[number]): Table[] {
  const tables: Table[] = []
  const begun: string[] = []
  let [fenced, lines]: [boolean, string[]] = [false, []]
  const sectionOf = (title: string | undefined) =>
    title === undefined
      ? undefined
      : text.slice(text.indexOf(`<!-- begin ${title} -->`), text.indexOf(`<!-- end ${title} -->`))
  for (const line of [...text.split('\n'), '']) {
    const [, title] = /^<!-- begin (.*) -->$/.exec(line) ?? []
    if (title !== undefined) begun.push(title)
    if (line.startsWith('<!-- end')) begun.pop()
    if (line.startsWith('```')) fenced = !fenced
    if (line.startsWith('|') && !fenced) lines.push(line)
    else if (lines.length > 0) {
      const [head = '', , ...rows] = lines
      tables.push({
        document: name,
        first: cellsOf(head).find((cell) => cell !== '') ?? '',
        rows: rows.map(cellsOf),
        section: sectionOf(begun.at(-1)),
      })
      lines = []
    }
  }
  return tables
}

const isNumber = (cell: string) => /^[*~≈<-]*\d[\d.,e-]*(\s?[±(×%a-zA-Zµ/].*)?(\*\*.*)?$/.test(cell)
const isMeasured = ({ document, first, rows }: Table) => {
  const cells = rows.flat()
  return cells.filter(isNumber).length > cells.length / 4 && !(`${document}: ${first}` in given)
}
const measured = documents.flatMap(tablesOf).filter(isMeasured)

/** `npx tsx bench/step.ts mlp`: 2026-11-24, commit cd0d4a2 … */
const provenance =
  /`((?:npx tsx|npx hebb|npm run) [^`]+)`[^`]*?(\d{4}-\d{2}-\d{2})[^`]*?commit ((?:[0-9a-f]{7}(?:, )?)+)/

const scripts = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }).scripts

/** Whether what a command would run is there. */
const isThere = (command: string): boolean => {
  const [, , what = ''] = command.split(' ')
  if (command.startsWith('npx tsx')) return existsSync(join(root, what))
  if (command.startsWith('npm run')) return what in scripts
  return existsSync(join(root, `src/cli/${what}.ts`))
}

/** Undefined where the history is not there, or only its end. */
function commits(): ReadonlySet<string> | undefined {
  try {
    const git = (...words: string[]) =>
      execFileSync('git', words, { cwd: root, encoding: 'utf8', stdio: 'pipe' })
    if (git('rev-parse', '--is-shallow-repository').trim() === 'true') return undefined
    return new Set(
      git('log', '--all', '--abbrev=7', '--format=%h')
        .split('\n')
        .map((hash) => hash.slice(0, 7)),
    )
  } catch {
    return undefined
  }
}
const known = commits()

test('there are measured tables in many documents', () => {
  expect(new Set(measured.map(({ document }) => document)).size).toBeGreaterThan(4)
  expect(measured.length).toBeGreaterThan(15)
})

test('what is no measurement is still there', () => {
  const all = documents.flatMap(tablesOf).map(({ document, first }) => `${document}: ${first}`)
  for (const name of Object.keys(given)) expect(all).toContain(name)
})

describe.each(
  measured.map((table, place) => [`${table.document}, table ${place}, ${table.first}`, table] as const),
)('%s', (_, { section }) => {
  const [, command = '', day, hashes = ''] = provenance.exec(section ?? '') ?? []

  test('stands in a section that names its command, its day and its commit', () => {
    expect(section, 'the generated section').toBeDefined()
    expect([command, day, hashes]).not.toContain(undefined)
    expect(command).not.toBe('')
  })

  test('is of a command that is there', () => {
    expect(isThere(command), command).toBe(true)
  })

  test.skipIf(known === undefined)('is of commits of this history', () => {
    for (const hash of hashes.split(', ')) expect(known?.has(hash), hash).toBe(true)
  })
})

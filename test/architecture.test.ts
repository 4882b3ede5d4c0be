import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { pipeline } from '../src/passes/pipeline.ts'
import { hebb, newFolder, write } from './cli/run-hebb.ts'

/** What docs/architecture.md shows is what the compiler does. */

const path = new URL('../docs/architecture.md', import.meta.url)
const text = readFileSync(path, 'utf8')
const update = process.env.UPDATE_GOLDEN !== undefined

const blockOf = (language: string): RegExp => new RegExp(`(?<=\`\`\`${language}\n)[^]*?(?=\`\`\`)`)

test('the graph that is followed is as each pass leaves it', async () => {
  const [program = ''] = blockOf('ts').exec(text) ?? []
  const folder = newFolder()
  write(folder, 'mine.ts', program)
  let shown = text
  for (const pass of ['trace', 'simplify', 'accumulate']) {
    const { code, stdout } = await hebb(['inspect', 'mine.ts', '--graph', 'dense', '--after', pass], folder)
    expect(code).toBe(0)
    shown = shown.replace(blockOf(pass), () => stdout)
  }
  if (update) writeFileSync(path, shown)
  expect(readFileSync(path, 'utf8')).toBe(shown)
})

test('the table names passes that there are, first to last', () => {
  const [, table = ''] = /\| pass +\|([^]*?)\n\n/.exec(text) ?? []
  const named = [...table.matchAll(/^\| (.*?) +\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name),
  )
  const places = named.map((name) => pipeline.findIndex((pass) => pass.name === name))
  expect(places).not.toContain(-1)
  expect(places).toEqual(places.toSorted((a, b) => a - b))
})

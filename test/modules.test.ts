import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { compile, type Program } from '../src/index.ts'
import { stepsOf } from './support/document.ts'

/** docs/modules.md is true: its programs compile as they stand, and what it says a layer offers, it offers. */

const text = readFileSync(new URL('../docs/modules.md', import.meta.url), 'utf8')
const folder = mkdtempSync(join(import.meta.dirname, 'modules-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('docs/modules.md', () => {
  const files = stepsOf(text).flatMap((step) => (step.kind === 'file' ? [step] : []))
  test.each(files.map((file) => [file.name, file.text] as const))('%s compiles', async (name, code) => {
    const file = join(folder, name)
    writeFileSync(file, code)
    const { default: program } = (await import(file)) as { default: Program }
    const { manifest } = compile(program)
    expect(manifest.train.graphs.length).toBeGreaterThan(0)
    if (name === 'gated.ts')
      expect(manifest.encode.parameters.map((parameter) => parameter.name)).toEqual([
        'one.weight',
        'one.scale',
        'one.shift',
        'two.weight',
        'two.bias',
        'two.scale',
        'two.shift',
      ])
  })

  test('names all that a layer offers', () => {
    const source = readFileSync(new URL('../src/lang/layer-scope.ts', import.meta.url), 'utf8')
    const [, body = ''] = /interface LayerScope \{\n([^]*?)\n\}/.exec(source) ?? []
    const offered = [...body.matchAll(/^ {2}readonly (\w+):/gm)].map(([, name]) => name)
    const told = [...text.matchAll(/^\| `(\w+)/gm)].map(([, name]) => name)
    expect(told).toEqual(expect.arrayContaining(offered))
  })
})

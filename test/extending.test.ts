import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import * as hebb from '../src/index.ts'
import * as rules from '../rules/index.ts'
import { checkGradient, checkUpdate } from '../testing/index.ts'
import { openDataset } from '../runtime/data/open.ts'
import { stepsOf } from './support/document.ts'
import { tinyProgram } from './support/programs.ts'

/** What the pages on writing one's own parts show is true. Their types are checked with those of other documents. */

const root = join(import.meta.dirname, '..')
const inside = mkdtempSync(join(import.meta.dirname, 'extending-'))
afterAll(() => {
  rmSync(inside, { recursive: true, force: true })
})
const read = (document: string): string => readFileSync(join(root, document), 'utf8')

/** What a program or rule of a document exports. */
async function shown<Exports>(document: string, name: string): Promise<Exports> {
  const step = stepsOf(read(document)).find((each) => each.kind === 'file' && each.name === name)
  if (step?.kind !== 'file') throw new Error(`${document} has no ${name}`)
  const file = join(inside, name)
  writeFileSync(file, step.text)
  return (await import(file)) as Exports
}

test("the rules' page writes Oja's rule as the collection has it", async () => {
  const { oja } = await shown<{ oja: () => hebb.Rule }>('docs/rules.md', 'oja.ts')
  const program = tinyProgram({ learn: hebb.local(oja()) })
  expect(await checkUpdate(program, { like: rules.oja() })).toBeLessThan(1e-12)
})

test('a rule that checks its options tells them as the page says', async () => {
  const { agreement } = await shown<{ agreement: (options?: object) => hebb.Rule }>(
    'docs/rules.md',
    'margin.ts',
  )
  expect(agreement({ margin: 2 }).name).toBe('agreement')
  expect(() => agreement({ margn: 3 })).toThrow(/^agreement has no option 'margn'[^]*did you mean 'margin'\?/)
})

test('named choices, with defaults, are told as the page says', async () => {
  const { closeness } = await shown<{ closeness: (options?: object) => hebb.Rule }>(
    'docs/rules.md',
    'choices.ts',
  )
  expect(() => closeness({ distance: 'cosine' })).toThrow(/^closeness: distance is 'cosine'/)
  const program = tinyProgram({ learn: hebb.local(closeness({ distance: 'absolute' })) })
  expect(() => hebb.compile(program)).not.toThrow()
})

test('a supervised rule of one view has the gradient of its loss, and a classifier for each layer', async () => {
  const { default: program } = await shown<{ default: hebb.Program }>('docs/rules.md', 'supervised.ts')
  expect(hebb.compile(program).manifest.logits).toBeDefined()
  expect(await checkGradient(program, { elements: 3 })).toBeLessThan(1e-6)
})

test('several losses: one gradient, of which the readout teaches no layer', async () => {
  const { default: program } = await shown<{ default: hebb.Program }>('docs/several-losses.md', 'several.ts')
  const notices: string[] = []
  hebb.compile(program, { onNotice: (notice) => notices.push(notice) })
  expect(notices).toEqual([])
  expect(await checkGradient(program, { elements: 3 })).toBeLessThan(1e-6)
})

test('a data set of one’s own, as the page on data writes it, is opened by both of its splits', async () => {
  await shown('docs/data.md', 'ecg.ts')
  const line = (label: number) => [label, ...Array.from({ length: 128 }, (_, i) => i / 4 - label)].join(',')
  writeFileSync(join(inside, 'train.csv'), `${line(0)}\n${line(1)}\n`)
  writeFileSync(join(inside, 'test.csv'), line(1))
  const [train, test] = [
    await openDataset(`${join(inside, 'ecg.ts')}#heart`, 'train'),
    await openDataset(`${join(inside, 'ecg.ts')}#heart`, 'test'),
  ]
  expect(train).toMatchObject({ count: 2, shape: [1, 1, 128], labels: Uint32Array.of(0, 1) })
  expect(test.classNames).toEqual(['normal', 'odd'])
  const rows = new Float32Array(128)
  await test.read(Uint32Array.of(0), rows)
  expect([...rows]).toEqual(Array.from({ length: 128 }, (_, i) => i / 4 - 1))
})

test('the program for signals, as the page on data writes it, compiles', async () => {
  const { default: program } = await shown<{ default: hebb.Program }>('docs/data.md', 'signals.ts')
  expect(hebb.compile(program).manifest.train.graphs.map(({ name }) => name)).toEqual(['conv1', 'conv2'])
})

describe('from PyTorch', () => {
  const text = read('docs/from-pytorch.md')
  const known = new Set([
    ...Object.keys(hebb),
    ...Object.keys(rules),
    ...Object.keys(hebb.rates).map((name) => `rates.${name}`),
    ...Object.keys(hebb.init).map((name) => `init.${name}`),
  ])

  test('names only what there is', () => {
    const cells = [...text.matchAll(/^\| .*$/gm)].map(([row]) => row.split(' | ')[1] ?? '')
    const code = cells.flatMap((cell) => [...cell.matchAll(/`([^`]*)`/g)].map(([, each = '']) => each))
    const called = code.flatMap((each) =>
      [...each.matchAll(/(?<![\w.])([a-z][\w.]*|\.\w+)\(/gi)].map(([, name = '']) => name),
    )
    const wanted = called.flatMap((name) => (/^[a-z]\.\w/.test(name) ? [name.slice(1)] : [name]))
    expect(wanted.length).toBeGreaterThan(40)
    const isMethod = (name: string) => name.startsWith('.') && name.slice(1) in hebb.Tensor.prototype
    expect(wanted.filter((name) => !known.has(name) && !isMethod(name))).toEqual([])
  })
})

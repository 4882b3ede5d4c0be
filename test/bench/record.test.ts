import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { describeEnvironment, type Environment } from '../../bench/environment.ts'
import { replaceSection, table } from '../../bench/markdown.ts'
import { textTables } from '../../bench/text-table.ts'
import { table as printed } from '../../src/cli/table.ts'

/** Tables of the documents are written by the benchmarks. */

const documents = ['docs/benchmarks.md', 'docs/reliability.md'].map((path) => readFileSync(path, 'utf8'))

describe('a section', () => {
  const text =
    'Before.\n\n<!-- begin a -->\nold\n<!-- end a -->\n\n<!-- begin ab -->\nkept\n<!-- end ab -->\n'

  test('is replaced between its marks, and nothing else is', () => {
    expect(replaceSection(text, 'a', '\nnew\n')).toBe(
      'Before.\n\n<!-- begin a -->\n\nnew\n\n<!-- end a -->\n\n<!-- begin ab -->\nkept\n<!-- end ab -->\n',
    )
  })

  test('may be written again', () => {
    const once = replaceSection(text, 'a', 'new')
    expect(replaceSection(once, 'a', 'new')).toBe(once)
  })

  test('must be there, once', () => {
    expect(() => replaceSection(text, 'b', 'new')).toThrow("'<!-- begin b -->'")
    expect(() => replaceSection(text + text, 'a', 'new')).toThrow("one '<!-- begin a -->'")
    expect(() => replaceSection('<!-- begin a -->', 'a', 'new')).toThrow("'<!-- end a -->'")
  })
})

test('a table has its names on the left and its numbers on the right', () => {
  expect(table(['', 'ours'], [['CLAPP++', '1 ms']])).toBe('|  | ours |\n| --- | ---: |\n| CLAPP++ | 1 ms |')
})

test('tables that commands print are read back', () => {
  const first = [
    ['', 'ours', 'of theirs'],
    ['CLAPP++ (local)', '1 ms', '0.5 ± 0.1'],
    ['raw pixels', '–', '1'],
  ]
  const second = [
    ['σ', 'cosine'],
    ['1.00', '-0.001'],
  ]
  const text = `${printed(first[0] ?? [], first.slice(1))}\n\nAnd:\n\n${printed(second[0] ?? [], second.slice(1), 'rr')}\n`
  expect(textTables(text)).toEqual([first, second])
  expect(textTables('No table.')).toEqual([])
})

describe('the conditions', () => {
  const quiet: Environment = {
    date: '2026-01-02',
    commit: 'abc1234',
    cpu: 'Some CPU',
    cores: 4,
    threads: 2,
    versions: { torch: '2.13.0' },
    ompWait: '',
    allocator: 'own',
    pageCost: 1.5,
    busy: 0.03,
    handOver: { least: 0.09, median: 0.1, low: 0.09, high: 0.36 },
  }

  test('name the processor, the versions and what was measured', () => {
    const told = describeEnvironment(quiet)
    for (const part of [
      '2026-01-02',
      'abc1234',
      'Some CPU',
      '2 threads',
      'torch 2.13.0',
      '3 % busy',
      '1.5 µs',
      '0.10 µs (0.09–0.36)',
    ])
      expect(told).toContain(part)
    expect(told).not.toContain('noisy')
  })

  test('tell where PyTorch was given what it does not have by default', () => {
    expect(describeEnvironment(quiet)).not.toContain('allocator')
    expect(describeEnvironment({ ...quiet, allocator: 'ours' })).toContain(
      'PyTorch with our allocator settings',
    )
  })

  test('warn of figures from a busy machine', () => {
    expect(describeEnvironment({ ...quiet, busy: 0.5 })).toContain('noisy')
    expect(describeEnvironment({ ...quiet, busy: null })).not.toContain('busy')
  })
})

/** Sections whose tables have all figures. */
const whole = ['preparing', 'summary', 'torture']

test('every result is shown, and every table has its result', () => {
  const results = readdirSync('bench/results')
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.replace(/\.json$/, ''))
  const filled = documents.flatMap((text) =>
    [...text.matchAll(/<!-- begin ([\w ]+) -->\s*\|/g)].map(([, name = '']) => name),
  )
  const kept = filled.filter((name) => !whole.includes(name))
  expect(kept.map((name) => name.replaceAll(' ', '-')).sort()).toEqual(results.sort())
})

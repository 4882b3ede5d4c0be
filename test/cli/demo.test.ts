import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DEMO_TITLE, requireDemoPlace } from '../../src/cli/demo-place.ts'
import { renderSummarySvg, writeReport, type Comparison } from '../../report/index.ts'
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

const report: Comparison = {
  ...{ title: DEMO_TITLE, subtitle: '', settings: [], notes: [], runs: [], commands: [] },
  table: {
    caption: '',
    columns: [{ name: 'linear' }],
    rows: [{ name: 'CLAPP++', cells: [{ value: 0.9 }] }],
  },
}

test('the demo writes over its own reports only, which it finds out before it trains', async () => {
  const folder = newFolder()
  write(folder, 'report.html', '<title>Years of work</title>')
  const { code, stderr } = await hebb(['demo', '--out', folder])
  expect(code).toBe(1)
  expect(stderr).toContain('report.html is there, and no report of the demo: it would be lost')
  expect(readdirSync(folder)).toEqual(['report.html'])
  const [page, picture] = [join(folder, 'report.html'), join(folder, 'summary.svg')]
  await writeReport(page, report)
  writeFileSync(picture, await renderSummarySvg(report))
  expect(() => {
    requireDemoPlace(folder)
  }).not.toThrow()
})

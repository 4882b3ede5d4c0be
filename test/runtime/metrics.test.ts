import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Metrics } from '../../runtime/files/metrics-line.ts'
import { appendMetrics, lastStep, readMetrics } from '../../runtime/files/metrics.ts'
import { truncateMetrics } from '../../runtime/files/resume-metrics.ts'
import { temporaryFolder } from './temporary-folder.ts'

const line = (step: number, loss = 1): Metrics => ({
  step,
  epoch: step / 10,
  rate: 0.1,
  losses: { first: loss },
  imagesPerSecond: 100,
})
const text = (...steps: number[]): string => steps.map((step) => `${JSON.stringify(line(step))}\n`).join('')

/** A file of this text after a resume at `step`: the steps it then has, what was said, and what lies beside it. */
function resumed(content: string, step: number) {
  const path = join(temporaryFolder(), 'metrics.jsonl')
  writeFileSync(path, content)
  const notices: string[] = []
  truncateMetrics(path, step, (notice) => notices.push(notice))
  const beside = readdirSync(dirname(path)).filter((name) => name !== 'metrics.jsonl')
  return { steps: readMetrics(path).map((each) => each.step), notices, beside, path }
}

describe('metrics of a resumed run', () => {
  test.each([
    ['whole', text(1, 2, 3), 3, [1, 2, 3]],
    ['that go beyond the checkpoint', text(1, 2, 3, 4), 2, [1, 2]],
    ['that a kill has torn', `${text(1, 2)}{"step":3,"ep`, 2, [1, 2]],
    ['of no step', '', 0, []],
  ])('%s go on without a word', (_, content, step, steps) => {
    expect(resumed(content, step)).toMatchObject({ steps, notices: [], beside: [] })
  })

  test.each([
    ['a damaged line', `${text(1)}{"step":oops}\n${text(3)}`, 3, [1, 3], /damaged at line 2/],
    ['a line that is none of ours', `${text(1)}{"loss":1}\n${text(2)}`, 2, [1, 2], /damaged at line 2/],
    ['a line that is gone', text(1, 3), 3, [1, 3], /without 1 of the 3 steps/],
    ['a line that is there twice', text(1, 2, 2, 3), 3, [1, 2, 3], /not in the order of the steps/],
    ['lines in another order', text(2, 1, 3), 3, [1, 2, 3], /not in the order of the steps/],
    ['a length of another run', text(1), 3, [1], /without 2 of the 3 steps/],
  ])('with %s are kept aside as a whole, and told', (_, content, step, steps, told) => {
    const found = resumed(content, step)
    expect(found.steps).toEqual(steps)
    expect(found.notices).toEqual([expect.stringMatching(told)])
    expect(found.beside).toEqual(['metrics.jsonl.damaged1'])
    expect(readFileSync(`${found.path}.damaged1`, 'utf8')).toBe(content)
  })

  test('that are damaged again take another name', () => {
    const { path } = resumed('oops\n', 0)
    writeFileSync(path, 'again\n')
    truncateMetrics(path, 0, () => undefined)
    expect(readFileSync(`${path}.damaged1`, 'utf8')).toBe('oops\n')
    expect(readFileSync(`${path}.damaged2`, 'utf8')).toBe('again\n')
  })

  test('that are gone are told as such', () => {
    const path = join(temporaryFolder(), 'metrics.jsonl')
    const notices: string[] = []
    truncateMetrics(path, 5, (notice) => notices.push(notice))
    expect(notices).toEqual([expect.stringContaining('the metrics of the first 5 steps are lost')])
    expect(existsSync(path)).toBe(true)
  })
})

test('a file longer than any piece that is read or written loses what follows the checkpoint, and nothing else', () => {
  const steps = Array.from({ length: 20_000 }, (_, i) => i + 1)
  const path = join(temporaryFolder(), 'metrics.jsonl')
  writeFileSync(path, text(...steps))
  truncateMetrics(path, 19_990, () => undefined)
  expect(readFileSync(path, 'utf8')).toBe(text(...steps.slice(0, 19_990)))
  expect(lastStep(path)).toBe(19_990)
})

test('a line is appended whole', () => {
  const path = join(temporaryFolder(), 'metrics.jsonl')
  appendMetrics(path, [line(1), line(2)])
  appendMetrics(path, [])
  expect(readMetrics(path)).toEqual([line(1), line(2)])
})

test('a line of before times and memory were written down is sound', () => {
  const path = join(temporaryFolder(), 'metrics.jsonl')
  const now = { ...line(2), time: 1.5, milliseconds: 2.5, graphs: { first: 0.25 }, memory: 1024 }
  appendMetrics(path, [line(1), now])
  expect(readMetrics(path)).toEqual([line(1), now])
})

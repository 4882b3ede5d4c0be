import { describe, expect, test } from 'vitest'
import { complaints } from '../../bench/torture/complaints.ts'
import { runCases, type Case } from '../../bench/torture/cases.ts'
import { tellTally } from '../../bench/torture/tell.ts'
import type { Ended } from '../../bench/torture/hebb.ts'
import { briefly } from './briefly.ts'

const caseOf = (number: number): Case | undefined =>
  number < 10
    ? {
        what: `number ${number}`,
        run: () => Promise.resolve({ counts: { tried: 2 }, violations: number === 7 ? ['wrong'] : [] }),
      }
    : undefined

describe('cases', () => {
  test('are all run and counted, and violations are told with their case', async () => {
    const tally = await runCases(caseOf, briefly(0))
    expect(tally).toMatchObject({ cases: 10, complete: true, counts: { tried: 20 } })
    expect(tally.violations).toEqual([{ case: 7, what: 'number 7', problem: 'wrong' }])
    const told = tellTally({ name: 'inputs', seed: 3, planned: 10, tally })
    expect(told).toContain('inputs 7: number 7: wrong')
    expect(told).toContain('npx tsx bench/torture.ts inputs --seed 3 --case NUMBER')
  })

  test('are run alone by their number', async () => {
    expect(await runCases(caseOf, briefly(0, { only: 7 }))).toMatchObject({
      cases: 1,
      violations: [{ case: 7 }],
    })
  })

  test('end when there are enough, or when the time is over, which is told', async () => {
    const few = await runCases(caseOf, briefly(0, { jobs: 1 }), ({ tried = 0 }) => tried >= 6)
    expect(few).toMatchObject({ cases: 3, complete: true })
    const late = await runCases(caseOf, briefly(0, { until: 0 }))
    expect(late).toMatchObject({ cases: 0, complete: false })
    expect(tellTally({ name: 'kills', seed: 0, planned: 10, tally: late })).toContain('the time was over')
  })
})

describe('an end', () => {
  const good: Ended = {
    ...{
      code: 1,
      signal: null,
      stdout: '',
      stderr: 'DataError: no folder x\n  at mine.ts:3:1',
      milliseconds: 5,
    },
    stopped: undefined,
  }
  test('in words and with a documented code is no reason to complain', () => {
    expect(complaints(good)).toEqual([])
  })

  test.each<[string, Partial<Ended>, string]>([
    ['a stack trace', { stderr: 'Error: x\n    at run (/a/b.ts:1:2)' }, 'a stack trace'],
    ['a code of no meaning', { code: 70 }, 'exit code 70'],
    ['a signal', { code: null, signal: 'SIGSEGV' }, 'SIGSEGV'],
    ['no word', { stderr: '' }, 'without a word'],
    ['a log line of onnxruntime', { stderr: '2026-01-01 [E:onnxruntime:, x]' }, 'a log line of onnxruntime'],
    ['no end', { stopped: 'it was still running after 20 s' }, 'still running'],
  ])('with %s is', (_, change, problem) => {
    expect(complaints({ ...good, ...change }).join()).toContain(problem)
  })
})

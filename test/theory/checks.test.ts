import { expect, test } from 'vitest'
import { checkEqualWidths } from '../../theory/equal-widths.ts'
import { checkPooledScores } from '../../theory/pooled-scores.ts'
import { checkText, failures } from '../../theory/report.ts'
import { checkShrinkingWidths } from '../../theory/shrinking-widths.ts'

/** The checks of `hebb theory`, smaller. */

test('equal widths', async () => {
  const options = { width: 5, seed: 1, networks: 3, batches: 8, stretches: [1, 1.1, 1.3] }
  const found = await checkEqualWidths(options)
  expect(failures([found])).toEqual([])
  expect(found.verdicts).toHaveLength(10)
  expect(found.tables[0]?.rows).toHaveLength(3)
})

test('equal widths fail where the first weights are not orthonormal', async () => {
  const options = { width: 5, seed: 1, networks: 1, batches: 8, stretches: [1.3, 1.1] }
  const found = await checkEqualWidths(options)
  expect(failures([found])).toEqual([
    expect.stringMatching(/^softhinge: B under weight decay/),
    expect.stringMatching(/^squared: B under weight decay/),
  ])
  expect(checkText(found)).toMatch(/^ {2}FAIL {2}softhinge: B under weight decay/m)
})

test('shrinking widths', async () => {
  const found = await checkShrinkingWidths({ seed: 1, networks: 6, batches: 24 })
  expect(failures([found])).toEqual([])
  expect(found.tables[0]?.rows).toHaveLength(12)
})

test('pooled scores', async () => {
  const found = await checkPooledScores({ seed: 1, networks: 2, batches: 24, size: 2, pools: [1, 2] })
  expect(failures([found])).toEqual([])
})

test('a check can be stopped between networks', async () => {
  let asked = 0
  const goOn = () => {
    if (++asked > 1) throw new Error('stopped')
  }
  await expect(checkShrinkingWidths({ seed: 1, networks: 5, batches: 16, goOn })).rejects.toThrow('stopped')
  expect(asked).toBe(2)
})

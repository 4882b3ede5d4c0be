import { describe, expect, test } from 'vitest'
import { adamw, sgd } from '../../src/index.ts'
import { tinyProgram } from '../support/programs.ts'
import { giveCredit, ruleCases, type CreditName, type RuleCase } from '../support/rule-cases.ts'
import { runProgram } from '../support/run-program.ts'
import { relativeError } from '../support/samples.ts'

/** One graph per layer and one graph for all are the same computation. */

/** Values and losses after a few steps on random views: of one graph for all, and of one per layer. */
async function inBothWays(
  { rule, views, encoder }: RuleCase,
  credit: CreditName,
  dtype: 'float32' | 'float64',
) {
  const learn = giveCredit[credit](rule)
  // Adam divides noise by noise where a gradient is nearly zero; in float32 that would hide what is compared.
  const optimizer = dtype === 'float64' ? adamw({ lr: 0.01 }) : sgd({ lr: 0.01, momentum: 0.9 })
  const tiny = tinyProgram({ learn, views, dtype, optimizer, encoder: encoder() })
  const afterSteps = async (fused: boolean) => {
    const { losses, values } = await runProgram(tiny, { fused })
    return { losses, values: [...values.values()].flat() }
  }
  return { fused: await afterSteps(true), separate: await afterSteps(false) }
}

const inParts = (ruleCase: RuleCase) => ruleCase.credits.filter((credit) => credit !== 'global')

describe.each(ruleCases.filter((each) => inParts(each).length > 0))('$name', (ruleCase) => {
  const apart = inParts(ruleCase)

  test.each(apart)('under %s credit, fused and apart agree exactly in float64', async (credit) => {
    const { fused, separate } = await inBothWays(ruleCase, credit, 'float64')
    expect(fused).toEqual(separate)
  })

  test.each(apart.slice(0, 1))('under %s credit, they agree to rounding in float32', async (credit) => {
    const { fused, separate } = await inBothWays(ruleCase, credit, 'float32')
    expect(relativeError(fused.losses, separate.losses)).toBeLessThan(1e-5)
    expect(relativeError(fused.values, separate.values)).toBeLessThan(1e-4)
  })
})

import { describe, expect, test } from 'vitest'
import { classify, flatten, global, layer, linear } from '../../src/index.ts'
import * as rules from '../../rules/index.ts'
import { gradientError } from '../support/gradient-check.ts'
import { tinyEncoder, tinyProgram } from '../support/programs.ts'
import { giveCredit, ruleCases } from '../support/rule-cases.ts'
import { traceProgram } from '../support/trace-program.ts'

test('every exported rule is among the cases', () => {
  const tested = new Set(ruleCases.map(({ exported }) => exported))
  expect(Object.keys(rules).filter((name) => !tested.has(name))).toEqual([])
})

describe.each(ruleCases.filter(({ byLoss }) => byLoss))('$name', ({ rule, views, credits, encoder }) => {
  test.each(credits)('under %s credit has the gradient of its loss, stops pinned', async (credit) => {
    const { traced, feeds } = traceProgram(
      tinyProgram({ learn: giveCredit[credit](rule), views, encoder: encoder() }),
    )
    for (const { loss, taught } of traced.blockUpdates) {
      if (!loss) throw new Error('no loss')
      const parameters = taught.map(({ parameter }) => parameter.node)
      expect(await gradientError(loss, parameters, feeds)).toBeLessThan(1e-6)
    }
  })
})

test('supervised classification has the gradient of its loss', async () => {
  const encoder = [...tinyEncoder(), layer('classes', flatten(), linear(3))]
  const { traced, feeds } = traceProgram(tinyProgram({ encoder, learn: global(classify()) }))
  const [blockUpdate] = traced.blockUpdates
  if (!blockUpdate?.loss) throw new Error('no blockUpdate')
  const parameters = blockUpdate.taught.map(({ parameter }) => parameter.node)
  expect(await gradientError(blockUpdate.loss, parameters, feeds)).toBeLessThan(1e-6)
})

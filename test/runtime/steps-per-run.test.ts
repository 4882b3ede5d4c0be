import { describe, expect, test } from 'vitest'
import { adamw } from '../../src/index.ts'
import { tinyProgram } from '../support/programs.ts'
import { giveCredit, ruleCases } from '../support/rule-cases.ts'
import { runProgram } from '../support/run-program.ts'

/** Several steps in one run of the graphs are the same bits as one after the other. */

const [few, more] = [2, 5]

describe.each(ruleCases)('$name', ({ rule, views, encoder, credits }) => {
  describe.each(credits)('under %s credit', (credit) => {
    test.each(['float32', 'float64'] as const)('is the same in %s', async (dtype) => {
      const learn = giveCredit[credit](rule)
      const tiny = tinyProgram({ learn, views, dtype, optimizer: adamw({ lr: 0.01 }), encoder: encoder() })
      const steps = 7
      const single = await runProgram(tiny, { steps })
      expect(await runProgram(tiny, { steps, stepsPerRun: few })).toEqual(single)
      expect(await runProgram(tiny, { steps, stepsPerRun: more })).toEqual(single)
    })
  })
})

import { describe, expect, test } from 'vitest'
import {
  blocks,
  classify,
  flatten,
  global,
  layer,
  linear,
  local,
  type Credit,
  type Rule,
} from '../../src/index.ts'
import {
  clapp,
  hinge,
  infoNCE,
  linearContrast,
  phyll,
  softhinge,
  clappBoth,
  clappDirectFeedback,
  clappPlusPlus,
} from '../../rules/index.ts'
import { gradientError } from '../support/gradient-check.ts'
import { tinyEncoder, tinyPools, tinyProgram } from '../support/programs.ts'
import { traceProgram } from '../support/trace-program.ts'

type Pair = 'a' | 'b'
const rules: readonly (readonly [string, Rule<Pair>])[] = [
  ['CLAPP, global average', clapp()],
  ['CLAPP++', clappPlusPlus(tinyPools)],
  ['CLAPP++DFB', clappDirectFeedback(tinyPools)],
  ['CLAPP++both', clappBoth(tinyPools)],
  ['CLAPP++, 3 negatives', clapp({ pool: tinyPools, negatives: 3 })],
  ['softhinge', clapp({ pool: tinyPools, contrast: softhinge() })],
  ['linear contrast', clapp({ pool: tinyPools, contrast: linearContrast() })],
  ['PhyLL', clapp({ contrast: phyll({ theta: 2 }) })],
  ['hinge on one pool size', clapp({ pool: 2, contrast: hinge() })],
  ['InfoNCE, asymmetric', infoNCE({ dimension: 5 })],
  ['InfoNCE, symmetric', infoNCE({ dimension: 5, symmetric: true })],
]
const credits: readonly (readonly [string, (rule: Rule<Pair>) => Credit<Pair>])[] = [
  ['local', local],
  ['blocks of 2 and 1', (rule) => blocks([2, 1], rule)],
  ['global', global],
]

describe.each(rules)('%s', (_, rule) => {
  test.each(credits)('under %s credit has the gradient of its loss, stops pinned', async (__, credit) => {
    const { traced, feeds } = traceProgram(tinyProgram({ learn: credit(rule) }))
    for (const { loss, taught } of traced.lessons) {
      if (!loss) throw new Error('no loss')
      const parameters = taught.map(({ parameter }) => parameter.node)
      expect(await gradientError(loss, parameters, feeds)).toBeLessThan(1e-6)
    }
  })
})

test('supervised classification has the gradient of its loss', async () => {
  const encoder = [...tinyEncoder(), layer('classes', flatten(), linear(3))]
  const { traced, feeds } = traceProgram(tinyProgram({ encoder, learn: global(classify()) }))
  const [lesson] = traced.lessons
  if (!lesson?.loss) throw new Error('no lesson')
  const parameters = lesson.taught.map(({ parameter }) => parameter.node)
  expect(await gradientError(lesson.loss, parameters, feeds)).toBeLessThan(1e-6)
})

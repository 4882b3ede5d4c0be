import { describe, expect, test } from 'vitest'
import { adamw, blocks, local, sgd, type Rule } from '../../src/index.ts'
import { clapp, clappBoth, clappDirectFeedback, clappPlusPlus, infoNCE, phyll } from '../../rules/index.ts'
import { tinyPools, tinyProgram } from '../support/programs.ts'
import { runProgram } from '../support/run-program.ts'
import { relativeError } from '../support/samples.ts'
import type { Credit } from '../../src/index.ts'

/** One graph per layer and one graph for all are the same computation. */

const rules: readonly (readonly [string, Rule<'a' | 'b'>])[] = [
  ['CLAPP', clapp()],
  ['CLAPP++', clappPlusPlus(tinyPools)],
  ['CLAPP++DFB', clappDirectFeedback(tinyPools)],
  ['CLAPP++both', clappBoth(tinyPools)],
  ['PhyLL', clapp({ contrast: phyll(), negatives: 2 })],
  ['InfoNCE', infoNCE({ dimension: 4 })],
]

/** Values and losses after a few steps on random views. */
async function afterSteps(learn: Credit<'a' | 'b'>, dtype: 'float32' | 'float64', fused: boolean) {
  // Adam divides noise by noise where a gradient is nearly zero; in float32 that would hide what is compared.
  const optimizer = dtype === 'float64' ? adamw({ lr: 0.01 }) : sgd({ lr: 0.01, momentum: 0.9 })
  const { losses, values } = await runProgram(tinyProgram({ learn, dtype, optimizer }), { fused })
  return { losses, values: [...values.values()].flat() }
}

describe.each(rules)('%s', (_, rule) => {
  test('fused and per layer agree exactly in float64', async () => {
    expect(await afterSteps(local(rule), 'float64', true)).toEqual(
      await afterSteps(local(rule), 'float64', false),
    )
  })

  test('fused and per layer agree to rounding in float32', async () => {
    const [fused, apart] = [
      await afterSteps(local(rule), 'float32', true),
      await afterSteps(local(rule), 'float32', false),
    ]
    expect(relativeError(fused.losses, apart.losses)).toBeLessThan(1e-5)
    expect(relativeError(fused.values, apart.values)).toBeLessThan(1e-4)
  })

  test('in blocks too', async () => {
    const learn = blocks([1, 2], rule)
    expect(await afterSteps(learn, 'float64', true)).toEqual(await afterSteps(learn, 'float64', false))
  })
})

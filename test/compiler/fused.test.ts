import { describe, expect, test } from 'vitest'
import { adamw, sgd } from '../../src/index.ts'
import { drawTensor } from '../../runtime/draws.ts'
import { Stepper } from '../../runtime/stepper.ts'
import { initialValues } from '../../runtime/trainer.ts'
import { elements, type HostTensor } from '../../runtime/tensor.ts'
import { tinyProgram } from '../support/programs.ts'
import { giveCredit, ruleCases, type CreditName, type RuleCase } from '../support/rule-cases.ts'
import { normals, relativeError } from '../support/samples.ts'
import { compiled } from '../support/steps.ts'
import type { Section } from '../../src/onnx/manifest.ts'

/** One graph per layer and one graph for all are the same computation. */

/** Learning rate, number of the step and labels, where the graphs read them. */
function scheduled(train: Section, step: number): Record<string, HostTensor> {
  const read = new Set(train.graphs.flatMap(({ inputs }) => inputs.map(({ name }) => name)))
  const given: Record<string, HostTensor> = {
    learning_rate: { type: 'float64', shape: [], data: Float64Array.of(0.01) },
    step: { type: 'int64', shape: [], data: BigInt64Array.of(BigInt(step + 1)) },
    labels: {
      type: 'int64',
      shape: [train.batch],
      data: BigInt64Array.from({ length: train.batch }, (_, i) => BigInt(i % 3)),
    },
  }
  return Object.fromEntries(Object.entries(given).filter(([name]) => read.has(name)))
}

/** Values and losses after a few steps on random views. */
async function afterSteps(
  { rule, views, encoder }: RuleCase,
  credit: CreditName,
  dtype: 'float32' | 'float64',
  fused: boolean,
) {
  const learn = giveCredit[credit](rule)
  // Adam divides noise by noise where a gradient is nearly zero; in float32 that would hide what is compared.
  const optimizer = dtype === 'float64' ? adamw({ lr: 0.01 }) : sgd({ lr: 0.01, momentum: 0.9 })
  const bundle = compiled(tinyProgram({ learn, views, dtype, optimizer, encoder: encoder() }), { fused })
  const { train } = bundle.manifest
  const stepper = await Stepper.create(bundle, train, initialValues(train, 3))
  const losses: number[] = []
  for (let step = 0; step < 4; step++) {
    const shape =
      train.graphs.flatMap(({ inputs }) => inputs).find(({ role }) => role === 'views')?.shape ?? []
    const rows = normals(elements(shape), 20 + step)
    const views: HostTensor = {
      type: dtype,
      shape,
      data: dtype === 'float64' ? rows : Float32Array.from(rows),
    }
    const draws = Object.fromEntries(train.draws.map((draw) => [draw.name, drawTensor(draw, 5, step)]))
    const [result] = await stepper.run([
      {
        views,
        ...draws,
        ...scheduled(train, step),
      },
    ])
    losses.push(
      ...Object.entries(result?.losses ?? {})
        .sort()
        .map(([, loss]) => loss),
    )
  }
  const values = [...stepper.values()]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([, { data }]) => Array.from(data, Number))
  await stepper.release()
  return { losses, values: values.flat() }
}

const inParts = (ruleCase: RuleCase) => ruleCase.credits.filter((credit) => credit !== 'global')

describe.each(ruleCases.filter((each) => inParts(each).length > 0))('$name', (ruleCase) => {
  const apart = inParts(ruleCase)

  test.each(apart)('under %s credit, fused and apart agree exactly in float64', async (credit) => {
    expect(await afterSteps(ruleCase, credit, 'float64', true)).toEqual(
      await afterSteps(ruleCase, credit, 'float64', false),
    )
  })

  test.each(apart.slice(0, 1))('under %s credit, they agree to rounding in float32', async (credit) => {
    const [fused, separate] = [
      await afterSteps(ruleCase, credit, 'float32', true),
      await afterSteps(ruleCase, credit, 'float32', false),
    ]
    expect(relativeError(fused.losses, separate.losses)).toBeLessThan(1e-5)
    expect(relativeError(fused.values, separate.values)).toBeLessThan(1e-4)
  })
})

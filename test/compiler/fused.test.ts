import { describe, expect, test } from 'vitest'
import { adamw, blocks, local, sgd, type Rule } from '../../src/index.ts'
import { clapp, clappBoth, clappDirectFeedback, clappPlusPlus, infoNCE, phyll } from '../../rules/index.ts'
import { drawTensor } from '../../runtime/draws.ts'
import { Stepper } from '../../runtime/stepper.ts'
import { initialValues } from '../../runtime/trainer.ts'
import { elements, type HostTensor } from '../../runtime/tensor.ts'
import { tinyPools, tinyProgram } from '../support/programs.ts'
import { normals, relativeError } from '../support/samples.ts'
import { compiled } from '../support/steps.ts'
import type { Credit } from '../../src/index.ts'
import type { Section } from '../../src/onnx/manifest.ts'

/** One graph per layer and one graph for all are the same computation. */

const rules: readonly (readonly [string, Rule<'a' | 'b'>])[] = [
  ['CLAPP', clapp()],
  ['CLAPP++', clappPlusPlus(tinyPools)],
  ['CLAPP++DFB', clappDirectFeedback(tinyPools)],
  ['CLAPP++both', clappBoth(tinyPools)],
  ['PhyLL', clapp({ contrast: phyll(), negatives: 2 })],
  ['InfoNCE', infoNCE({ dimension: 4 })],
]

/** Learning rate and number of the step, where the graphs read them. */
function scheduled(train: Section, step: number): Record<string, HostTensor> {
  const read = new Set(train.graphs.flatMap(({ inputs }) => inputs.map(({ name }) => name)))
  const given: Record<string, HostTensor> = {
    learning_rate: { type: 'float64', shape: [], data: Float64Array.of(0.01) },
    step: { type: 'int64', shape: [], data: BigInt64Array.of(BigInt(step + 1)) },
  }
  return Object.fromEntries(Object.entries(given).filter(([name]) => read.has(name)))
}

/** Values and losses after a few steps on random views. */
async function afterSteps(learn: Credit<'a' | 'b'>, dtype: 'float32' | 'float64', fused: boolean) {
  // Adam divides noise by noise where a gradient is nearly zero; in float32 that would hide what is compared.
  const optimizer = dtype === 'float64' ? adamw({ lr: 0.01 }) : sgd({ lr: 0.01, momentum: 0.9 })
  const bundle = compiled(tinyProgram({ learn, dtype, optimizer }), { fused })
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

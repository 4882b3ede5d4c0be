import { describe, expect, test } from 'vitest'
import { compileAlignment } from '../../src/compile-gradients.ts'
import { blocks, global, local, rule, type Credit } from '../../src/index.ts'
import { clapp, clappBoth, clappDirectFeedback, clappPlusPlus, softhinge } from '../../rules/index.ts'
import { measureAlignment } from '../../runtime/align/measure.ts'
import { trainProjections } from '../../runtime/align/train-projections.ts'
import { BatchInputs } from '../../runtime/batches/batch-inputs.ts'
import { Stepper } from '../../runtime/train/stepper.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { tinyPools, tinyProgram } from '../support/programs.ts'
import { randomImages } from '../support/random-images.ts'
import { relativeError } from '../support/samples.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** The control in which projections learn to make local updates those of backpropagation. */

const dataset = randomImages(48, 2, 8)
const SEED = 1

function compiled(learn: Credit<'a' | 'b'>, projectionRate = 1e-2) {
  const bundle = compileAlignment(tinyProgram({ learn }), { projectionRate })
  const { alignment, projections: section } = bundle.manifest
  if (!section) throw new Error('no projections')
  const values = new Map([...initialValues(alignment, SEED), ...initialValues(section, SEED)])
  return { bundle, section, values }
}

const trainable = (section: Section): string[] =>
  section.graphs.flatMap(({ outputs }) =>
    outputs.flatMap(({ role, updates }) => (role === 'parameter' ? (updates ?? []) : [])),
  )

describe('what is trained', () => {
  test('is the projection of each layer but the top, whatever the encoder and the top loss have', () => {
    expect(trainable(compiled(local(clappPlusPlus(tinyPools))).section)).toEqual([
      'conv1.clapp.projection',
      'conv2.clapp.projection',
    ])
    expect(trainable(compiled(local(clappBoth(tinyPools))).section)).toEqual([
      'conv1.clapp.feedback',
      'conv1.clapp.lateral',
      'conv2.clapp.feedback',
      'conv2.clapp.lateral',
    ])
    expect(trainable(compiled(blocks([2, 1], clapp())).section)).toEqual(['conv2.clapp.projection'])
  })

  test.each([
    ['under global credit', global(clapp())],
    ['of a rule without parameters', local<'a' | 'b'>(rule('flat', ({ out }) => out.rows.square().mean()))],
  ])('is nothing %s', (_, learn) => {
    const { manifest } = compileAlignment(tinyProgram({ learn }), { projectionRate: 1e-2 })
    expect(manifest.projections).toBeUndefined()
  })
})

test.each([
  ['CLAPP++', clappPlusPlus(tinyPools)],
  ['CLAPP++DFB, softhinge', clappDirectFeedback(tinyPools, { contrast: softhinge() })],
])('the step of %s descends the error: finite differences through the gradient', async (_, learn) => {
  const { bundle, section, values } = compiled(local(learn))
  const inputs = await BatchInputs.create({ bundle, dataset, seed: SEED })
  const given = await inputs.at(section, 0, { rate: 0, step: 0 })
  const stepper = await Stepper.create(bundle, section, values, { threads: 1 })
  const errorAt = async (name: string, element: number, step: number) => {
    const start = values.get(name)
    if (!start) throw new Error(`no ${name}`)
    const data = Float64Array.from(start.data, Number)
    data[element] = (data[element] ?? 0) + step
    stepper.assign(new Map([...values, [name, { ...start, data }]]))
    const [result] = await stepper.run([given])
    return result?.losses[`${name.split('.', 1)[0] ?? ''}.error`] ?? NaN
  }
  for (const name of trainable(section)) {
    stepper.assign(values)
    await stepper.run([given])
    // The first moment that Adam keeps after one step is a tenth of the gradient.
    const gradient = Array.from(stepper.value(`${name}.exp_avg`).data, Number).map((moment) => 10 * moment)
    const some = [...gradient.keys()].filter((element) => element % 7 === 0)
    const numeric: number[] = []
    for (const element of some) {
      const [above, below] = [await errorAt(name, element, 1e-6), await errorAt(name, element, -1e-6)]
      numeric.push((above - below) / 2e-6)
    }
    const wanted = some.map((element) => gradient[element] ?? NaN)
    expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(0)
    expect(relativeError(numeric, wanted), name).toBeLessThan(1e-6)
  }
  await stepper.release()
  await inputs.release()
})

test('training them lowers the squared error and turns local updates towards backpropagation', async () => {
  const { bundle, section, values } = compiled(local(clappPlusPlus(tinyPools)))
  const measure = async (at: typeof values) => {
    const found = await measureAlignment({ bundle, values: at, dataset, seed: SEED, batches: 8 })
    if (!found) throw new Error('stopped')
    return found
  }
  const options = { bundle, section, values, dataset, seed: SEED }
  const trained = await trainProjections({ ...options, steps: 300, first: 8 })
  if (!trained) throw new Error('stopped')
  const [before, after] = [await measure(values), await measure(trained)]
  for (const index of [0, 1]) {
    const [start, end] = [before.layers[index], after.layers[index]]
    if (!start || !end) throw new Error('no layers')
    expect(end.error, start.layer).toBeLessThan(Math.min(1, start.error / 2))
    expect(end.cosine.mean, start.layer).toBeGreaterThan(start.cosine.mean + 0.4)
  }
  expect(after.layers[2]).toEqual(before.layers[2])
  const changed = [...values.keys()].filter((name) => trained.get(name) !== values.get(name))
  expect(changed).toEqual(trainable(section))
})

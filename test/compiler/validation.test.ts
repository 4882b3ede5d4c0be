import { expect, test } from 'vitest'
import { compile, global, local, rule, type Credit } from '../../src/index.ts'
import { byol, clapp, clappDirectFeedback, clappPlusPlus } from '../../rules/index.ts'
import { Stepper } from '../../runtime/train/stepper.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { stream } from '../../runtime/values/random.ts'
import { drawTensor } from '../../runtime/batches/draws.ts'
import { allocate } from '../../runtime/values/tensor.ts'
import { tinyPools, tinyProgram } from '../support/programs.ts'

/** A bundle's section `validation` is a training step's losses without the step. */

const rules: readonly (readonly [string, Credit])[] = [
  ['a local rule', local(clappPlusPlus(tinyPools))],
  ['one that reads from above', local(clappDirectFeedback(tinyPools))],
  ['backpropagation', global(clapp())],
  ['one with weights of a teacher', local(byol({ head: [5, 3], predictor: 6 }))],
]

test.each(rules)('%s has the same losses, and nothing changes', async (_, learn) => {
  const bundle = compile(tinyProgram({ learn }))
  const { train, validation } = bundle.manifest
  if (!validation) throw new Error('no section')
  const random = stream(3, 'validation')
  const views = train.graphs.flatMap(({ inputs }) => inputs).find(({ role }) => role === 'views')
  if (!views) throw new Error('no views')
  const data = allocate(views.type, views.shape)
  data.data.forEach((_, i) => (data.data[i] = random.normal()))
  const rate = { type: 'float64', shape: [], data: Float64Array.of(0.1) } as const
  const step = { type: 'int64', shape: [], data: BigInt64Array.of(1n) } as const
  const average = { type: 'float64', shape: [], data: Float64Array.of(1) } as const
  const all = {
    ...{ [views.name]: data, learning_rate: rate, step, average_weight: average },
    ...Object.fromEntries(train.draws.map((draw) => [draw.name, drawTensor(draw, 3, 0)])),
  }
  const values = initialValues(train, 3)
  const [learning, looking] = [
    await Stepper.create(bundle, train, values),
    await Stepper.create(bundle, validation, values),
  ]
  const [learned] = await learning.run([learning.pick(all)])
  const before = new Map([...looking.values()].map(([name, { data }]) => [name, data.slice()]))
  const [looked] = await looking.run([looking.pick(all)])
  expect(Object.keys(looked?.losses ?? {}).length).toBeGreaterThan(0)
  expect(looked?.losses).toEqual(learned?.losses)
  for (const [name, { data }] of looking.values()) expect(data).toEqual(before.get(name))
  const graphs = validation.graphs.flatMap(({ outputs }) => outputs)
  expect(graphs.every(({ role }) => role === 'loss')).toBe(true)
  await learning.release()
  await looking.release()
})

test('a rule without a loss has no such section', () => {
  const hebbian = rule('hebbian', ({ preactivation, correlate }) => ({
    updates: { weight: correlate(preactivation.rows) },
  }))
  expect(compile(tinyProgram({ learn: local(hebbian) })).manifest.validation).toBeUndefined()
})

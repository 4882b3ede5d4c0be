import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { found } from '../../src/base/lists.ts'
import {
  adamw,
  ema,
  flatten,
  global,
  layer,
  linear,
  local,
  program,
  rates,
  rule,
  sgd,
  swa,
  relu,
  type Optimizer,
  type Program,
} from '../../src/index.ts'
import { counters, inputsByRole } from '../../runtime/batches/batch-inputs.ts'
import { stepNumbers } from '../../runtime/batches/step-numbers.ts'
import { Stepper } from '../../runtime/train/stepper.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { relativeError } from '../support/samples.ts'
import { trainingGraphs } from '../support/steps.ts'
import type { HostTensor } from '../../runtime/values/tensor.ts'

/** What is around an optimizer is PyTorch's, too: `test/reference/updates.py` writes the numbers. */

const numbers = z.array(z.number())
const { rows, cases } = z
  .object({
    rows: numbers,
    cases: z.record(
      z.string(),
      z.object({
        start: z.record(z.string(), z.array(z.union([z.number(), numbers]))),
        values: z.record(z.string(), numbers),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../reference/updates.json', import.meta.url), 'utf8')))

const STEPS = 6

const towardsOne = rule('towards one', ({ out }) => out.rows.sub(1).square().mul(3).mean())
const network = (optimizer: Optimizer, learn = local(towardsOne)): Program =>
  program({
    input: { channels: 1, size: 2 },
    batch: 5,
    views: ['a'],
    dtype: 'float64',
    encoder: [layer('one', flatten(), linear(3), relu()), layer('two', linear(2), relu())],
    learn,
    optimizer,
  })

const grouped = (lr: Parameters<typeof adamw>[0]['lr']): Optimizer =>
  adamw({
    lr,
    weightDecay: 0.1,
    noDecay: 'biases and norms',
    layers: { one: { lr: 0.02, weightDecay: 0.3 } },
    parameters: { 'two.bias': { lr: 0.2, weightDecay: 0.5 } },
  })
const momentum = { lr: 0.1, momentum: 0.9 }

const programs: Readonly<Record<string, Program>> = {
  'clipped to a norm, local': network(sgd({ ...momentum, clip: { norm: 0.5 } })),
  'clipped to a norm, global': network(sgd({ ...momentum, clip: { norm: 0.5 } }), global(towardsOne)),
  'not long enough to be clipped': network(sgd({ ...momentum, clip: { norm: 1000 } }), global(towardsOne)),
  'clipped to a value': network(sgd({ ...momentum, clip: { value: 0.05 } })),
  groups: network(grouped(0.05)),
  'groups under a schedule': network(grouped(rates.steps(0.05, { every: 1 / 3, factor: 0.5 }))),
  ema: network(sgd({ ...momentum, average: ema({ decay: 0.8 }) })),
  swa: network(sgd({ ...momentum, average: swa({ from: 0.5 }) })),
}

/** Parameters and averages after six steps, `stepsPerRun` in a run of the graphs. */
async function trained(
  made: Program,
  start: ReadonlyMap<string, readonly number[]>,
  { stepsPerRun = 1, fused = false } = {},
): Promise<ReadonlyMap<string, HostTensor>> {
  const { bundle, train } = trainingGraphs(made, { stepsPerRun, fused })
  const values = initialValues(train, 0)
  for (const [name, data] of start) {
    const value = found(values, name, name)
    values.set(name, { ...value, data: Float64Array.from(data) })
  }
  const stepper = await Stepper.create(bundle, train, values, { threads: 1 })
  const views: HostTensor = { type: 'float64', shape: [5, 1, 2, 2], data: Float64Array.from(rows) }
  const batches = Array.from({ length: STEPS }, (_, step) => {
    const { rate, average } = stepNumbers(train, step, STEPS)
    return { views, ...inputsByRole(train, counters(step, rate, average)) }
  })
  for (let step = 0; step < STEPS; step += stepsPerRun)
    await stepper.run(batches.slice(step, step + stepsPerRun))
  const after = new Map(
    [...stepper.values()].map(([name, value]) => [name, { ...value, data: value.data.slice() }]),
  )
  await stepper.release()
  return after
}

const startOf = (name: string) =>
  new Map(Object.entries(cases[name]?.start ?? {}).map(([parameter, values]) => [parameter, values.flat()]))

test('every reference case has a program', () => {
  expect(Object.keys(programs)).toEqual(Object.keys(cases))
})

describe.each(Object.entries(programs))('%s', (name, made) => {
  test("is PyTorch's after six steps", async () => {
    const wanted = Object.entries(cases[name]?.values ?? {})
    const after = await trained(made, startOf(name))
    expect(wanted.length).toBeGreaterThan(3)
    for (const [parameter, values] of wanted)
      expect(
        relativeError(Array.from(found(after, parameter, parameter).data, Number), values),
        parameter,
      ).toBeLessThan(1e-12)
  })

  test('comes to the same bits with several steps in a run, and with all layers in one graph', async () => {
    const start = startOf(name)
    const one = await trained(made, start)
    expect(await trained(made, start, { stepsPerRun: 3 })).toEqual(one)
    expect(await trained(made, start, { fused: true })).toEqual(one)
  })
})

test.each([
  ['ema', ema()],
  ['swa', swa()],
])('an average by %s changes no bit of what is trained', async (_, average) => {
  const start = startOf('ema')
  const plain = await trained(network(sgd(momentum)), start)
  const after = await trained(network(sgd({ ...momentum, average })), start)
  for (const [name, value] of plain) expect(after.get(name), name).toEqual(value)
  expect(after.size).toBe(plain.size + 4)
})

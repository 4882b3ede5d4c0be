import { beforeAll, describe, expect, test } from 'vitest'
import { adamw, flatten, layer, linear, local, global, relu, type CompileOptions } from '../../src/index.ts'
import { clapp, infoNCE } from '../../rules/index.ts'
import { Stepper } from '../../runtime/train/stepper.ts'
import { counters, inputsByRole } from '../../runtime/batches/batch-inputs.ts'
import { drawTensor } from '../../runtime/batches/draws.ts'
import { startOf } from '../../runtime/values/start.ts'
import { stream } from '../../runtime/values/random.ts'
import { allocate } from '../../runtime/values/tensor.ts'
import { trainingGraphs } from '../support/steps.ts'
import { tinyProgram } from '../support/programs.ts'
import type { HostTensor } from '../../runtime/values/tensor.ts'
import type { Credit } from '../../src/index.ts'

/** Layers wide enough for updates in blocks: 1024 × 1024 weights, and as many of a projection. */
const wide = (learn: Credit) =>
  tinyProgram({
    learn,
    encoder: [layer('dense1', flatten(), linear(1024), relu()), layer('dense2', linear(1024), relu())],
    optimizer: adamw({ lr: 1e-3 }),
  })

const credits = {
  local: local(clapp()),
  global: global(infoNCE({ dimension: 8 })),
}

async function opened(learn: Credit, options: CompileOptions = {}) {
  const { bundle, train } = trainingGraphs(wide(learn), options)
  const stepper = await Stepper.create(bundle, train, startOf(train, 3), { threads: 1 })
  const shape = train.graphs.flatMap(({ inputs }) => inputs).find(({ role }) => role === 'views')?.shape ?? []
  const inputs = (step: number) => {
    const random = stream(step, 'views')
    const views = allocate('float64', shape)
    for (let i = 0; i < views.data.length; i++) views.data[i] = random.normal()
    const draws = train.draws.map((draw) => [draw.name, drawTensor(draw, 0, step)] as const)
    return { views, ...inputsByRole(train, counters(step, 1e-3)), ...Object.fromEntries(draws) }
  }
  return { train, stepper, inputs }
}

async function afterSteps(learn: Credit, options: CompileOptions = {}) {
  const { train, stepper, inputs } = await opened(learn, options)
  const k = train.stepsPerRun
  for (let step = 0; step < 4; step += k)
    await stepper.run(Array.from({ length: k }, (_, i) => inputs(step + i)))
  const values = new Map(
    [...stepper.values()].map(([name, { data }]) => [name, Float64Array.from(data, Number)]),
  )
  await stepper.release()
  return { train, values, spare: stepper.spareBytes }
}

function distance(a: ReadonlyMap<string, Float64Array>, b: ReadonlyMap<string, Float64Array>): number {
  expect([...a.keys()].sort()).toEqual([...b.keys()].sort())
  let most = 0
  for (const [name, values] of a)
    values.forEach((value, i) => (most = Math.max(most, Math.abs(value - (b.get(name)?.[i] ?? NaN)))))
  return most
}

describe.each(Object.entries(credits))('updates in blocks, %s credit', (_, learn) => {
  let blocks: Awaited<ReturnType<typeof afterSteps>>
  beforeAll(async () => {
    blocks = await afterSteps(learn)
  })

  test('leave what updates in the layer’s own graph leave', async () => {
    const whole = await afterSteps(learn, { target: 'portable' })
    expect(blocks.train.graphs.some((graph) => graph.blocks !== undefined)).toBe(true)
    expect(whole.train.graphs.some((graph) => graph.blocks !== undefined)).toBe(false)
    expect(distance(blocks.values, whole.values)).toBeLessThan(1e-10)
    // A second set of all values, or of a block of each.
    expect(blocks.spare).toBeLessThan(whole.spare / 2)
  })

  test('are the same bits as several steps in one run', async () => {
    const stepped = await afterSteps(learn, { stepsPerRun: 2 })
    expect(distance(blocks.values, stepped.values)).toBe(0)
  })

  test('go on from values that are put in their place', async () => {
    const { stepper, inputs } = await opened(learn)
    await stepper.run([inputs(0)])
    const kept = new Map(
      [...stepper.values()].map(([name, value]): [string, HostTensor] => [
        name,
        { ...value, data: value.data.slice() },
      ]),
    )
    await stepper.run([inputs(1)])
    const expected = [...stepper.values()].map(([, { data }]) =>
      Buffer.from(new Uint8Array(data.slice().buffer)).toString('base64'),
    )
    stepper.assign(kept)
    await stepper.run([inputs(1)])
    const again = [...stepper.values()].map(([, { data }]) =>
      Buffer.from(new Uint8Array(data.slice().buffer)).toString('base64'),
    )
    expect(again).toEqual(expected)
    await stepper.release()
  })
})

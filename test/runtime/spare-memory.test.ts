import { describe, expect, test } from 'vitest'
import { compile, adamw, conv, global, layer, local, maxPool, relu } from '../../src/index.ts'
import { clappDirectFeedback, clappPlusPlus, infoNCE } from '../../rules/index.ts'
import { counters, inputsByRole } from '../../runtime/batches/batch-inputs.ts'
import { drawTensor } from '../../runtime/batches/draws.ts'
import { SpareMemory } from '../../runtime/values/spare-memory.ts'
import { Stepper } from '../../runtime/train/stepper.ts'
import { allocate, elements, type HostTensor } from '../../runtime/values/tensor.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { tinyProgram } from '../support/programs.ts'
import type { Credit } from '../../src/index.ts'

describe('spare memory', () => {
  test('hands out what was given back, for any shape of that size and type', () => {
    const spare = new SpareMemory()
    const old = allocate('float32', [2, 6])
    spare.give(old)
    expect(spare.bytes).toBe(48)
    expect(spare.take({ type: 'float64', shape: [12] }).data).not.toBe(old.data)
    const taken = spare.take({ type: 'float32', shape: [3, 4] })
    expect(taken).toEqual({ type: 'float32', shape: [3, 4], data: old.data })
    expect(taken.data).toBe(old.data)
    expect(spare.bytes).toBe(0)
    expect(spare.take({ type: 'float32', shape: [12] }).data).not.toBe(old.data)
  })
})

/** Layers of one size each, so that the memory of one serves the next. */
const even = () => [
  layer('conv1', conv(4, { kernel: 1 }), relu()),
  layer('conv2', conv(4, { kernel: 1 }), relu()),
  layer('conv3', conv(4, { kernel: 1 }), relu(), maxPool(2)),
]

async function afterSteps(learn: Credit<'a' | 'b'>, steps: number) {
  const bundle = compile(tinyProgram({ learn, encoder: even(), optimizer: adamw({ lr: 0.01 }) }))
  const { train } = bundle.manifest
  const stepper = await Stepper.create(bundle, train, initialValues(train, 0), { threads: 1 })
  const shape = train.graphs.flatMap(({ inputs }) => inputs).find(({ role }) => role === 'views')?.shape ?? []
  const views: HostTensor = { type: 'float64', shape, data: new Float64Array(elements(shape)).fill(0.5) }
  for (let step = 0; step < steps; step++) {
    const draws = train.draws.map((draw) => [draw.name, drawTensor(draw, 0, step)] as const)
    await stepper.run([{ views, ...inputsByRole(train, counters(step, 0.01)), ...Object.fromEntries(draws) }])
  }
  await stepper.release()
  return { spare: stepper.spareBytes, values: [...stepper.values()] }
}

type Named = readonly (readonly [string, HostTensor])[]
const bytes = (values: Named) => values.reduce((sum, [, { data }]) => sum + data.byteLength, 0)

/** Of every size as many tensors as the layer has that has most of them. */
function ofOneLayer(values: Named): number {
  const layers = ['conv1', 'conv2', 'conv3'].map((layer) => values.filter(([name]) => name.startsWith(layer)))
  const sizes = new Set(values.map(([, { data }]) => data.byteLength))
  return [...sizes].reduce((sum, size) => {
    const counts = layers.map((all) => all.filter(([, { data }]) => data.byteLength === size).length)
    return sum + size * Math.max(...counts)
  }, 0)
}

describe('a step keeps beside its values', () => {
  test.each([
    ['layers learn one after the other', local(clappPlusPlus(4))],
    ['layers read from above', local(clappDirectFeedback(4))],
  ])('no more than the new ones of one layer, where %s', async (_, learn) => {
    const { spare, values } = await afterSteps(learn, 5)
    expect(spare).toBe(ofOneLayer(values))
    expect(spare).toBeLessThan(0.7 * bytes(values))
  })

  test('a second set of all, where one graph updates all', async () => {
    const { spare, values } = await afterSteps(global(infoNCE({ dimension: 4 })), 5)
    expect(spare).toBe(bytes(values))
  })
})

import { describe, expect, test } from 'vitest'
import { compileAlignment, compileGradients } from '../../src/compile-gradients.ts'
import { conv, global, layer, local, program, rule, sgd, type Program } from '../../src/index.ts'
import { clapp, clappDirectFeedback, clappPlusPlus, softhinge } from '../../rules/index.ts'
import { agreement, measureAlignment, type Alignment } from '../../runtime/align/measure.ts'
import { summarise } from '../../runtime/align/summary.ts'
import { BatchInputs } from '../../runtime/batches/batch-inputs.ts'
import { GradientEvaluator } from '../../runtime/align/gradients.ts'
import { Stepper } from '../../runtime/train/stepper.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { tinyPools, tinyProgram } from '../support/programs.ts'
import { relativeError } from '../support/samples.ts'
import { randomImages } from '../support/random-images.ts'
import type { HostTensor } from '../../runtime/values/tensor.ts'

/** How local updates agree with backpropagated ones. */

const dataset = randomImages(24, 2, 8)
const SEED = 4

async function align(tiny: Program, batches = 3): Promise<Alignment> {
  const bundle = compileAlignment(tiny)
  const values = initialValues(bundle.manifest.alignment, SEED)
  const found = await measureAlignment({ bundle, values, dataset, seed: SEED, batches })
  if (!found) throw new Error('stopped')
  return found
}

const rows = (values: readonly number[], shape: readonly number[]): HostTensor => ({
  type: 'float64',
  shape,
  data: Float64Array.from(values),
})

test('cosine, ratio and error are those of the two vectors', () => {
  // l = (3, 4), g = (4, 3).
  expect(agreement([[24, 25, 25]])).toMatchObject({
    cosine: { values: [24 / 25] },
    ratio: { values: [1] },
    error: 2 / 25,
  })
  expect(agreement([[-6, 4, 9]])).toMatchObject({
    cosine: { values: [-1] },
    ratio: { values: [2 / 3] },
    error: 25 / 9,
  })
  expect(agreement([[0, 0, 1]]).cosine.mean).toBeNaN()
  // Errors add up over batches before they are divided: a batch of tiny gradients does not count for more.
  expect(
    agreement([
      [24, 25, 25],
      [0, 1, 0],
    ]).error,
  ).toBe(3 / 25)
})

test('means and standard errors leave out what could not be measured', () => {
  expect(summarise([1, NaN, 3])).toEqual({ mean: 2, standardError: 1, values: [1, NaN, 3] })
  expect(summarise([5])).toEqual({ mean: 5, standardError: NaN, values: [5] })
  expect(summarise([])).toEqual({ mean: NaN, standardError: NaN, values: [] })
})

test('two linear layers on one pixel are as computed by hand', async () => {
  // z = w x, y = v · z; losses |z|²/2 and y²/2 per row. dL/dw is w x² locally and y v x from the top; so the
  // cosine is w·v / (|w| |v|), the ratio |w| / ((w·v) |v|).
  const point = { kernel: 1, bias: false }
  const hand = program({
    input: { channels: 1, size: 1 },
    batch: 1,
    views: ['a'],
    encoder: [layer('w', conv(2, point)), layer('v', conv(1, point))],
    learn: local(rule('length', ({ out }) => out.rows.square().sum().div(2))),
    optimizer: sgd({ lr: 1 }),
    dtype: 'float64',
  })
  const bundle = compileAlignment(hand)
  const values = new Map([
    ['w.weight', rows([3, 4], [2, 1, 1, 1])],
    ['v.weight', rows([4, 3], [1, 2, 1, 1])],
  ])
  const stepper = await Stepper.create(bundle, bundle.manifest.alignment, values, { threads: 1 })
  const [result] = await stepper.run([{ views: rows([2], [1, 1, 1, 1]) }])
  await stepper.release()
  // l = (3, 4) · 4, g = 24 · (4, 3) · 4.
  expect(result?.outputs['w.alignment']?.data).toEqual(
    Float64Array.of(16 * 24 * 24, 16 * 25, 16 * 24 * 24 * 25),
  )
  const { cosine, ratio } = agreement([[16 * 24 * 24, 16 * 25, 16 * 24 * 24 * 25]])
  expect(cosine.mean).toBeCloseTo(24 / 25, 15)
  expect(ratio.mean).toBeCloseTo(1 / 24, 15)
})

describe.each(['float32', 'float64'] as const)('in %s', (dtype) => {
  test('backpropagation is aligned with itself, exactly', async () => {
    const { layers, mean } = await align(tinyProgram({ learn: global(clapp()), dtype }))
    expect(layers.map(({ layer }) => layer)).toEqual(['conv1', 'conv2', 'conv3'])
    for (const { cosine, ratio, error } of [...layers, mean]) {
      expect(cosine).toEqual({ mean: 1, standardError: 0, values: [1, 1, 1] })
      expect(ratio).toEqual({ mean: 1, standardError: 0, values: [1, 1, 1] })
      expect(error).toBe(0)
    }
  })

  test.each([
    ['CLAPP++', clappPlusPlus(tinyPools)],
    ['CLAPP++DFB', clappDirectFeedback(tinyPools)],
    ['softhinge', clapp({ contrast: softhinge() })],
  ])('the top layer of %s follows the very loss that is backpropagated; others do not', async (_, learn) => {
    const { layers } = await align(tinyProgram({ learn: local(learn), dtype }))
    const [bottom, , top] = layers
    expect(top?.cosine.values).toEqual([1, 1, 1])
    expect(top?.ratio.values).toEqual([1, 1, 1])
    for (const cosine of bottom?.cosine.values ?? []) expect(Math.abs(cosine)).toBeLessThan(0.999)
  })
})

test('figures are those of the full gradients, over all parameters of a layer, batch by batch', async () => {
  const tiny = tinyProgram({ learn: local(clappPlusPlus(tinyPools)) })
  const { layers, mean } = await align(tiny, 2)
  const compiled = compileGradients(tiny)
  const { gradients, program: described } = compiled.manifest
  const evaluator = await GradientEvaluator.create(compiled, initialValues(gradients, SEED), { threads: 1 })
  const { augment } = compileAlignment(tiny).manifest
  const bundle = { manifest: { program: described, augment }, graph: compileAlignment(tiny).graph }
  const inputs = await BatchInputs.create({ bundle, dataset, seed: SEED })
  const cosines: number[][] = []
  const squares = new Map<string, { error: number; global: number }>()
  for (const batch of [0, 1]) {
    const found = await evaluator.at(await inputs.at(gradients, batch))
    cosines.push([])
    for (const { layer, cosine, ratio } of layers) {
      const own = [...found].filter(([name]) => name.startsWith(`${layer}.`)).map(([, both]) => both)
      expect(own).toHaveLength(2)
      const [local, backward] = (['local', 'global'] as const).map((which) =>
        own.flatMap((both) => Array.from(both[which].data, Number)),
      )
      if (!local || !backward) throw new Error('no gradients')
      const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0)
      const wanted = dot(local, backward) / Math.sqrt(dot(local, local)) / Math.sqrt(dot(backward, backward))
      const difference = local.map((value, i) => value - (backward[i] ?? NaN))
      const sums = squares.get(layer) ?? { error: 0, global: 0 }
      sums.error += dot(difference, difference)
      sums.global += dot(backward, backward)
      squares.set(layer, sums)
      expect(cosine.values[batch]).toBeCloseTo(wanted, 12)
      expect(ratio.values[batch]).toBeCloseTo(Math.sqrt(dot(local, local) / dot(backward, backward)), 10)
      cosines[batch]?.push(wanted)
    }
  }
  await inputs.release()
  await evaluator.release()
  for (const { layer, error } of layers) {
    const { error: missing = NaN, global: whole = NaN } = squares.get(layer) ?? {}
    expect(relativeError([error], [missing / whole]), layer).toBeLessThan(1e-9)
  }
  const means = cosines.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length)
  expect(mean.cosine.mean).toBeCloseTo(((means[0] ?? NaN) + (means[1] ?? NaN)) / 2, 12)
})

test('one seed gives one result; a stopped measurement gives none', async () => {
  const tiny = tinyProgram({ learn: local(clappPlusPlus(tinyPools)) })
  const [first, second] = [await align(tiny), await align(tiny)]
  expect({ ...second, secondsPerBatch: 0 }).toEqual({ ...first, secondsPerBatch: 0 })
  const bundle = compileAlignment(tiny)
  const values = initialValues(bundle.manifest.alignment, SEED)
  const signal = AbortSignal.abort()
  expect(await measureAlignment({ bundle, values, dataset, seed: SEED, batches: 1, signal })).toBeUndefined()
})

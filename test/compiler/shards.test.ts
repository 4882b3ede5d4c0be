import { describe, expect, test } from 'vitest'
import {
  adamw,
  batchNorm,
  blocks,
  compile,
  concat,
  conv,
  ema,
  flatten,
  global,
  layer,
  lengthNorm,
  linear,
  local,
  maxPool,
  module,
  program,
  relu,
  rule,
  sgd,
  type Credit,
  type Optimizer,
} from '../../src/index.ts'
import { clappPlusPlus, forwardForward, infoNCE, vicreg } from '../../rules/index.ts'
import * as eighth from '../../rules/recipes/cifar10-eighth.ts'
import { mul } from '../../src/ops/elementwise.ts'
import { input } from '../../src/ops/leaf.ts'
import { broadcast } from '../../src/ops/shape.ts'
import { isSpread } from '../../src/passes/shards/spread.ts'
import { shardName } from '../../src/bundle/shard-names.ts'
import { tinyPools, tinyProgram } from '../support/programs.ts'
import { giveCredit, ruleCases, type CreditName, type RuleCase } from '../support/rule-cases.ts'
import { runProgram, type RunOptions, type RunResult } from '../support/run-program.ts'
import { relativeError } from '../support/samples.ts'
import { trainingGraphs } from '../support/steps.ts'
import type { Program } from '../../src/index.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** A step whose images are dealt to shards is the same step, whatever the rule, up to the order in which sums are added. */

const BATCH = 12

const norm = (numbers: readonly number[]): number =>
  Math.sqrt(numbers.reduce((sum, each) => sum + each ** 2, 0))
/** What a gradient of nothing comes to is noise: a value counts as at least this share of all. */
const SMALLEST_SHARE = 1e-2

/** Of losses, and of each value. */
function difference(a: RunResult, b: RunResult): number {
  const all = norm([...b.values.values()].flat())
  const errors = [...a.values].map(([name, value]) => {
    const other = b.values.get(name) ?? []
    return (
      norm(value.map((each, i) => each - (other[i] ?? NaN))) / Math.max(norm(other), SMALLEST_SHARE * all)
    )
  })
  return Math.max(relativeError(a.losses, b.losses), ...errors)
}

const momentum = sgd({ lr: 0.01, momentum: 0.9 })

/** How far these shards are from the whole batch at most: layers together, and the first number of shards with layers apart. */
async function compared(made: Program, shards: readonly number[], options: RunOptions = {}) {
  const whole = await runProgram(made, { fused: true, ...options })
  const errors: number[] = []
  for (const each of shards)
    errors.push(difference(await runProgram(made, { shards: each, ...options }), whole))
  const [first = 2] = shards
  errors.push(difference(await runProgram(made, { shards: first, fused: false, ...options }), whole))
  return Math.max(...errors)
}

const programOf = ({ rule, views, encoder }: RuleCase, credit: CreditName, dtype: 'float32' | 'float64') =>
  tinyProgram({
    ...{ learn: giveCredit[credit](rule), views, dtype, encoder: encoder(), batch: BATCH },
    // Adam divides noise by noise where a gradient is nearly zero.
    optimizer: momentum,
  })

describe.each(ruleCases)('$name', (ruleCase) => {
  const [first = 'local', ...others] = ruleCase.credits

  test(`under ${first} credit is the same in 3 and 4 shards`, async () => {
    expect(await compared(programOf(ruleCase, first, 'float64'), [3, 4])).toBeLessThan(1e-12)
  })

  test.each(others)('under %s credit is the same in 2 shards', async (credit) => {
    expect(await compared(programOf(ruleCase, credit, 'float64'), [2])).toBeLessThan(1e-12)
  })

  test('is the same to rounding in float32, in 2 shards', async () => {
    expect(await compared(programOf(ruleCase, first, 'float32'), [2])).toBeLessThan(1e-3)
  })
})

describe('networks and optimizers', () => {
  const input = { channels: 2, size: 8, classes: 3 }
  const normalised = [
    layer('conv1', conv(4), batchNorm(), relu(), maxPool(2)),
    layer('conv2', conv(4), batchNorm(), relu()),
  ]
  const given = { input, views: ['a', 'b'] as const, batch: BATCH, dtype: 'float64' as const }

  test.each([2, 4])('batch normalisation is over the images of all %i shards', async (shards) => {
    const made = program({ ...given, encoder: normalised, learn: global(vicreg()), optimizer: momentum })
    expect(await compared(made, [shards])).toBeLessThan(1e-12)
  })

  test('variances of values far from zero are as exact', async () => {
    const far = module('far', (x) => x.add(1e4))
    const encoder = [layer('conv1', conv(4), far, batchNorm(), relu())]
    const made = program({ ...given, encoder, learn: global(vicreg()), optimizer: momentum })
    // A difference of squares would lose 8 of 16 digits, that of means 4.
    expect(await compared(made, [2, 4])).toBeLessThan(1e-10)
  })

  test.each<[string, Optimizer]>([
    ['adamw', adamw({ lr: 0.01, weightDecay: 0.1 })],
    ['clipped by the norm of all gradients', sgd({ lr: 0.01, clip: { norm: 0.01 } })],
    ['with averages of weights', sgd({ lr: 0.01, average: ema({ decay: 0.9 }) })],
  ])('%s', async (_, optimizer) => {
    const made = tinyProgram({ learn: global(infoNCE({ dimension: 5 })), optimizer, batch: BATCH })
    expect(await compared(made, [2])).toBeLessThan(1e-9)
  })

  test('activity that is made again is the same activity', async () => {
    const made = tinyProgram({ learn: global(infoNCE({ dimension: 5 })), optimizer: momentum, batch: BATCH })
    const kept = await runProgram(made, { shards: 3 })
    expect(await runProgram(made, { shards: 3, recompute: true })).toEqual(kept)
    const { train } = trainingGraphs(made, { shards: 3, recompute: true })
    const handed = train.graphs.flatMap(({ inputs }) => inputs.filter(({ shard }) => shard))
    expect(handed).toEqual([])
  })

  test('several steps in a run', async () => {
    const made = tinyProgram({ optimizer: momentum, batch: BATCH })
    const whole = await runProgram(made, { fused: true })
    expect(difference(await runProgram(made, { shards: 2, stepsPerRun: 2 }), whole)).toBeLessThan(1e-12)
  })

  test('large parameters stay in parts, and their updates are dealt', async () => {
    const made = program({
      ...{ ...given, views: ['positive', 'negative'] as const, batch: 4 },
      encoder: [
        layer('dense', flatten(), lengthNorm(), linear(1024), relu()),
        layer('wide', lengthNorm(), linear(1024), relu()),
      ],
      learn: local(forwardForward()),
      optimizer: momentum,
    })
    const { train } = trainingGraphs(made, { shards: 2 })
    const inParts = train.graphs.flatMap(({ each, inputs }) =>
      each ? inputs.flatMap(({ name, block }) => (block ? [name] : [])) : [],
    )
    expect(inParts).toContain('wide.weight')
    expect(await compared(made, [2], { steps: 2 })).toBeLessThan(1e-12)
  })
})

describe('rows that are not one for each image', () => {
  const rowsOf = (teach: Parameters<typeof rule<'a'>>[1]) =>
    program({
      input: { channels: 1, size: 8 },
      ...{ views: ['a'], batch: 64, dtype: 'float64', optimizer: momentum },
      encoder: [layer('dense', flatten(), linear(64))],
      learn: local(rule('mine', teach)),
    })
  const heavy = [64, 256]

  test.each<[string, Parameters<typeof rule<'a'>>[1]]>([
    [
      'joined with a bank',
      ({ out, memory, parameter }) =>
        concat([out.rows, memory('bank', [30, 64], (bank) => bank.add(1))], 0)
          .matmul(parameter('w', heavy))
          .square()
          .mean(),
    ],
    ['cut', ({ out, parameter }) => out.rows.slice(0, 1, 64).matmul(parameter('w', heavy)).square().mean()],
    [
      'padded',
      ({ out, parameter }) => out.rows.pad([1, 0], [0, 0]).matmul(parameter('w', heavy)).square().mean(),
    ],
    [
      'added up by drawn places along another axis',
      ({ out, negatives }) =>
        out.rows.transpose(0, 1).segmentSum(negatives(1).reshape(-1), 64).square().mean(),
    ],
  ])('%s', async (_, teach) => {
    expect(await compared(rowsOf(teach), [2], { steps: 2 })).toBeLessThan(1e-12)
  })
})

test('a large parameter that something is derived from is read whole', async () => {
  const made = program({
    input: { channels: 1, size: 4 },
    ...{ views: ['a'], batch: 6, dtype: 'float64', optimizer: momentum },
    encoder: ['d', 'w'].map((name) =>
      layer(name, ...(name === 'd' ? [flatten()] : []), linear(1024), relu()),
    ),
    learn: local(
      rule('both', ({ out, weight, pre }) =>
        pre.rows.matmul(weight.abs(), { transposeB: true }).square().mean().add(out.rows.square().mean()),
      ),
    ),
  })
  expect(await compared(made, [2], { steps: 2 })).toBeLessThan(1e-12)
})

/** Where convolutions are computed in slices, and projections are read in parts. */
test.each([
  ['CLAPP++', eighth.plusPlus],
  ['CLAPP++DFB', eighth.directFeedback],
  ['BP-CLAPP++', eighth.backpropagation],
  ['BP-InfoNCE', eighth.infoNce],
])('%s of the recipe at an eighth of the width has the losses of the whole batch', async (_, variant) => {
  const recipe = { ...variant, optimizer: momentum }
  const whole = await runProgram(recipe, { fused: true, steps: 2 })
  for (const change of [{}, { recompute: true }, { fused: false }, { fused: false, recompute: true }]) {
    const dealt = await runProgram(recipe, { shards: 2, steps: 2, ...change })
    expect(relativeError(dealt.losses, whole.losses)).toBeLessThan(1e-4)
  }
})

describe('what crosses between shards', () => {
  /** Names of values that a graph reads of all shards, and how many numbers each has. */
  const crossing = ({ graphs, shards = 1 }: Section): Map<string, number> => {
    const all = Array.from({ length: shards }, (_, shard) => shard)
    const made = graphs.flatMap(({ outputs }) =>
      outputs.flatMap(({ name, shard }) => (shard ? all.map((each) => shardName(name, each)) : [])),
    )
    const read = graphs.flatMap(({ inputs }) => inputs.filter(({ name }) => made.includes(name)))
    return new Map(read.map(({ name, shape }) => [name, shape.reduce((a, b) => a * b, 1)]))
  }

  const sharded = (made: Program): Section => trainingGraphs(made, { shards: 2 }).train

  test('are rows of the layers that learn and gradients, and no maps', () => {
    const made = tinyProgram({ learn: local(clappPlusPlus(tinyPools)), dtype: 'float32', batch: BATCH })
    const section = sharded(made)
    const maps = (BATCH * 2 * 3 * 8 * 8) / 2
    expect(Math.max(...crossing(section).values())).toBeLessThan(maps / 2)
  })

  test('are rows for the projections of CLAPP++ at an eighth of the width: each shard multiplies by its part', () => {
    const { graphs } = sharded(eighth.plusPlus)
    const projections = graphs
      .filter(({ each }) => each === 'shard')
      .flatMap(({ inputs }) => inputs.filter(({ name }) => name.endsWith('.projection')))
    expect(projections).toHaveLength(6)
    expect(projections.filter(({ block }) => block !== true)).toEqual([])
  })

  test('under backpropagation the shards meet once on the way up, and once when all is summed', () => {
    const section = sharded(tinyProgram({ learn: global(infoNCE({ dimension: 5 })), batch: BATCH }))
    expect(section.graphs.filter(({ each }) => each === 'shard')).toHaveLength(2)
  })

  test.each<[string, Credit, number]>([
    ['once a layer on the way up', local(infoNCE({ dimension: 5 }), { allow: ['statistics'] }), 1],
    ['and twice on the way back', global(infoNCE({ dimension: 5 })), 3],
  ])('where batches are normalised, %s', (_, learn, meetings) => {
    const stages = (layers: number) =>
      sharded(
        program({
          input: { channels: 2, size: 8 },
          ...{ views: ['a', 'b'], batch: BATCH, optimizer: momentum, learn },
          encoder: Array.from({ length: layers }, (_, i) => layer(`conv${i}`, conv(4), batchNorm(), relu())),
        }),
      ).graphs.filter(({ each }) => each === 'shard').length
    expect(stages(3) - stages(2)).toBe(meetings)
  })

  test('of blocks, too', () => {
    const section = sharded(tinyProgram({ learn: blocks([2, 1], infoNCE({ dimension: 5 })), batch: BATCH }))
    expect(section.graphs.filter(({ each }) => each === 'shard')).toHaveLength(2)
  })
})

test('what is spread is found out once, however often it is read', () => {
  let square = broadcast(input('state', 'x', 'float32', [1, 4]), [8, 4])
  for (let i = 0; i < 100; i++) square = mul(square, square)
  expect(isSpread(square)).toBe(true)
  expect(isSpread(mul(square, input('state', 'y', 'float32', [8, 4])))).toBe(false)
})

test('a batch that is not dealt evenly is refused', () => {
  expect(() => compile(tinyProgram({ batch: BATCH }), { shards: 5 })).toThrow(
    '12 images are not dealt evenly to 5 shards',
  )
})

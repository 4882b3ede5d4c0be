import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  batchNorm,
  blocks,
  compile,
  conv,
  dropout,
  global,
  layer,
  layerNorm,
  local,
  maxPool,
  relu,
  residual,
  triangle,
  type Module,
} from '../../src/index.ts'
import { clapp, clappDirectFeedback } from '../../rules/index.ts'
import { elements } from '../../src/base/type.ts'
import { compileNodes, evaluate } from '../support/evaluate.ts'
import { applyModule, layerReferences, type LayerReference } from '../support/layer-reference.ts'
import { gradientError } from '../support/gradient-check.ts'
import { tinyProgram } from '../support/programs.ts'
import { relativeError } from '../support/samples.ts'
import { traceProgram } from '../support/trace-program.ts'
import type { Node } from '../../src/ir/node.ts'

/** What normalisation promises beyond single values: running statistics, evaluation, invariances. */

const momenta: readonly (readonly [string, Module])[] = [
  ['batch norm of maps', batchNorm()],
  ['batch norm of rows', batchNorm({ momentum: 0.3 })],
]

describe.each(momenta)('%s', (name, module) => {
  const find = (): LayerReference => {
    const found = layerReferences[name]
    if (!found) throw new Error('no reference')
    return found
  }

  test("keeps PyTorch's running statistics over two batches", async () => {
    const wanted = find()
    const { leaves, states, feeds } = applyModule(module, wanted, 'float64')
    const input = leaves.get('input')
    if (!input) throw new Error('no input')
    let kept: Float64Array[] = [...states.values()].map(({ node, start }) =>
      new Float64Array(elements(node.shape)).fill(start),
    )
    for (const batch of [wanted.input, wanted.second]) {
      const nodes = [...states.values()]
      const now = nodes.map(({ node }, i) => [node, kept[i] ?? []] as const)
      kept = await evaluate(
        nodes.map(({ next }) => next),
        new Map<Node, ArrayLike<number>>([...feeds, ...now, [input, batch?.values ?? []]]),
      )
    }
    expect([...states.keys()]).toEqual(Object.keys(wanted.running))
    Object.values(wanted.running).forEach(({ values }, i) => {
      expect(relativeError(kept[i] ?? [], values)).toBeLessThan(1e-12)
    })
  })

  test('normalises by them where the encoder is frozen, as PyTorch in evaluation', async () => {
    const wanted = find()
    const { out, leaves, states, feeds } = applyModule(module, wanted, 'float64', false)
    for (const [state, { node }] of states) feeds.set(node, wanted.running[state]?.values ?? [])
    const input = leaves.get('input')
    if (input) feeds.set(input, wanted.second?.values ?? [])
    const [values = []] = await evaluate([out.node], feeds)
    expect(relativeError(values, wanted.evaluated?.values ?? [])).toBeLessThan(1e-12)
  })
})

/** A module as a function of its input, as it starts: scale 1, shift 0. */
async function prepare(module: Module, shape: readonly number[], units: readonly number[]) {
  const filled = (value: number) => ({
    shape: [...units],
    values: Array<number>(elements(units)).fill(value),
  })
  const parameters = { scale: filled(1), shift: filled(0) }
  const input = { shape: [...shape], values: [] }
  const { out, leaves, feeds } = applyModule(module, { input, parameters, draws: {} }, 'float64')
  const run = await compileNodes([out.node], [...leaves.values()])
  const [x] = leaves.values()
  if (!x) throw new Error('no input')
  return async (values: readonly number[]): Promise<Float64Array> => {
    const [result = new Float64Array()] = await run(new Map([...feeds, [x, values]]))
    return result
  }
}

describe('whatever the activity', () => {
  const [rows, channels, side] = [3, 2, 2]
  const shape = [rows, channels, side, side]
  const size = elements(shape)
  // Distinct enough that eps does not count.
  const activity = fc
    .uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: size, maxLength: size })
    .map((values) => values.map((value) => value / 10))
  const factor = fc.integer({ min: 1, max: 50 }).map((n) => n / 5)
  const offset = fc.integer({ min: -50, max: 50 })

  /** Elements of the same channel, or of the same row. */
  const groups = {
    'batch norm': (i: number) => Math.floor(i / side ** 2) % channels,
    'layer norm': (i: number) => Math.floor(i / (channels * side ** 2)),
  }
  const modules = {
    'batch norm': () => prepare(batchNorm({ eps: 1e-12 }), shape, [channels]),
    'layer norm': () => prepare(layerNorm({ eps: 1e-12 }), shape, shape.slice(1)),
  }

  test.each(['batch norm', 'layer norm'] as const)(
    '%s gives each group mean 0 and variance 1',
    async (name) => {
      const apply = await modules[name]()
      await fc.assert(
        fc.asyncProperty(activity, async (values) => {
          const result = [...(await apply(values))]
          for (const group of new Set(result.map((_, i) => groups[name](i)))) {
            const own = result.filter((_, i) => groups[name](i) === group)
            const mean = own.reduce((sum, value) => sum + value, 0) / own.length
            const square = own.reduce((sum, value) => sum + value ** 2, 0) / own.length
            expect(Math.abs(mean)).toBeLessThan(1e-10)
            expect(Math.abs(square - 1)).toBeLessThan(1e-8)
          }
        }),
        { numRuns: 30 },
      )
    },
  )

  test.each(['batch norm', 'layer norm'] as const)('%s does not see scale and offset', async (name) => {
    const apply = await modules[name]()
    await fc.assert(
      fc.asyncProperty(activity, factor, offset, async (values, times, plus) => {
        const moved = await apply(values.map((value) => value * times + plus))
        expect(relativeError(moved, await apply(values))).toBeLessThan(1e-8)
      }),
      { numRuns: 30 },
    )
  })
})

describe('an encoder of them', () => {
  const encoder = [
    layer('conv1', conv(3, { bias: false }), batchNorm(), triangle({ power: 0.7 }), maxPool(2)),
    layer('conv2', conv(4), layerNorm(), relu(), dropout(0.3)),
    layer(
      'conv3',
      residual([conv(4, { bias: false }), batchNorm(), relu()], [conv(4, { kernel: 1 }), layerNorm()]),
      triangle({ power: 2 }),
    ),
  ]

  test.each([
    ['local', local(clapp())],
    ['local, direct feedback', local(clappDirectFeedback([2, 2, 1]))],
    ['blocks of 1 and 2', blocks([1, 2], clapp())],
    ['global', global(clapp())],
  ] as const)('under %s credit has the gradient of its loss', async (_, learn) => {
    const { traced, feeds } = traceProgram(tinyProgram({ encoder, learn }))
    for (const { loss, taught } of traced.blockUpdates) {
      if (!loss) throw new Error('no loss')
      const parameters = taught.map(({ parameter }) => parameter.node)
      expect(await gradientError(loss, parameters, feeds)).toBeLessThan(1e-6)
    }
  })

  test('keeps running statistics per layer, drops nothing and keeps none in the features', () => {
    const learn = local(clapp(), { allow: ['statistics'] })
    const { train, encode } = compile(tinyProgram({ encoder, learn })).manifest
    const statistics = ['conv1', 'conv3'].flatMap((name) => [`${name}.running_mean`, `${name}.running_var`])
    const kept = train.states.filter(({ name }) => name.includes('running'))
    expect(kept.map(({ name }) => name)).toEqual(statistics)
    expect(kept.map(({ start }) => start)).toMatchObject([
      { value: 0 },
      { value: 1 },
      { value: 0 },
      { value: 1 },
    ])
    const updates = train.graphs.flatMap(({ outputs }) => outputs.flatMap(({ updates }) => updates ?? []))
    expect(updates).toEqual(expect.arrayContaining(statistics))
    expect(train.draws.map(({ name }) => name)).toContain('conv2.dropout')

    const [graph] = encode.graphs
    expect(encode.draws).toEqual([])
    expect(graph?.inputs.filter(({ role }) => role === 'state').map(({ name }) => name)).toEqual(statistics)
    expect(graph?.outputs.every(({ role }) => role === 'features')).toBe(true)
  })
})

describe('mistakes are told', () => {
  const compiling = (module: Module) => () =>
    compile(tinyProgram({ encoder: [layer('conv1', conv(3), module)], learn: local(clapp()) }))

  test.each([
    [
      'a residual of another shape',
      compiling(residual([conv(4)])),
      /body gives .* its shortcut .*[^]*stride: 2/,
    ],
    ['a fraction of 1', () => dropout(1), /dropout: p is 1/],
    ['a power of 0', () => triangle({ power: 0 }), /triangle: power is 0/],
    [
      'an unknown option',
      () => batchNorm({ eps: 1, ...{ epsilon: 1 } }),
      /batchNorm has no option 'epsilon'/,
    ],
  ])('%s', (_, make, problem) => {
    expect(make).toThrow(problem)
  })

  test('one value a channel', () => {
    const module = batchNorm()
    const input = { shape: [1, 2], values: [] }
    expect(() => applyModule(module, { input, parameters: {}, draws: {} }, 'float64')).toThrow(
      /more than one value a channel/,
    )
  })
})

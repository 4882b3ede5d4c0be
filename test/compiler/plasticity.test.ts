import { describe, expect, test } from 'vitest'
import {
  averagePool,
  compile,
  conv,
  flatten,
  global,
  layer,
  lengthNorm,
  linear,
  local,
  lossOf,
  maxPool,
  relu,
  residual,
  rule,
  sgd,
  tanh,
  type Credit,
  type Layer,
  type Rule,
} from '../../src/index.ts'
import {
  clapp,
  clappThreeFactor,
  feedbackAlignment,
  infoNCE,
  weightTransport,
  type Pool,
} from '../../rules/index.ts'
import { compileNodes } from '../support/evaluate.ts'
import { tinyEncoder, tinyPools, tinyProgram } from '../support/programs.ts'
import { relativeError } from '../support/samples.ts'
import { traceProgram } from '../support/trace-program.ts'

/** What the optimizer descends for every taught parameter, in float64. */
async function descents(learn: Credit<'a' | 'b'>, encoder: readonly Layer[] = tinyEncoder(), batch = 3) {
  const { traced, feeds } = traceProgram(tinyProgram({ learn, encoder, batch }))
  const taught = traced.blockUpdates.flatMap((blockUpdate) => blockUpdate.taught)
  const run = await compileNodes(
    taught.map(({ gradient }) => gradient),
    [...feeds.keys()],
  )
  const values = await run(feeds)
  return new Map(
    taught.map(({ parameter }, i) => [
      parameter.name.replace(/\.(clapp|infonce|[a-z-]+)\.projection$/, '.projection'),
      values[i] ?? new Float64Array(),
    ]),
  )
}

/** Parameters of rules are drawn by name: those of a rule under another name start elsewhere. */
const renamed = (other: Rule<'a' | 'b'>, name: string): Rule<'a' | 'b'> => ({ ...other, name })

const largest = (values: Iterable<number>): number =>
  [...values].reduce((most, x) => Math.max(most, Math.abs(x)), 0)

/** Every element to 1e-12 of its layer's largest: a bias may stand still where positives and negatives cancel. */
function expectSame(actual: Map<string, Float64Array>, wanted: Map<string, Float64Array>) {
  expect([...actual.keys()].sort()).toEqual([...wanted.keys()].sort())
  const layerOf = (name: string) => name.replace(/\..*/, '')
  for (const [name, values] of wanted) {
    const [own = [], scale] = [actual.get(name), largest(wanted.get(`${layerOf(name)}.weight`) ?? [])]
    expect(scale, `${name} moves`).toBeGreaterThan(1e-6)
    expect(largest(values.map((value, i) => value - (own[i] ?? NaN))) / scale, name).toBeLessThan(1e-12)
  }
}

const encoders: readonly (readonly [string, Layer[], Pool])[] = [
  ['padding and max-pooling', tinyEncoder(), tinyPools],
  [
    'stride, no padding, overlapping max-pooling, linear layers',
    [
      layer('conv1', conv(4, { stride: 2, kernel: 3 }), relu()),
      layer('conv2', conv(3, { kernel: 2, padding: 1 }), relu(), maxPool(3, { stride: 1 })),
      layer('dense', flatten(), linear(5), relu()),
    ],
    [2, 1, 1],
  ],
  [
    'normalised input, average-pooling, another nonlinearity',
    [
      layer('conv1', lengthNorm(), conv(4), tanh(), averagePool(2)),
      layer('conv2', lengthNorm(), conv(4, { dilation: 2 }), relu()),
      layer('conv3', conv(3, { groups: 1 }), relu(), maxPool(2)),
    ],
    [2, 'global', 1].map((size) => (size === 'global' ? 4 : Number(size))),
  ],
]

describe.each(encoders)('CLAPP++ in three factors, with %s,', (_, encoder, pool) => {
  test.each([
    ['the same layer as context', 'same', 1],
    ['the top layer as context', 'top', 1],
    ['three negatives', 'same', 3],
  ] as const)('and %s moves every parameter as its loss does', async (__, context, negatives) => {
    const explicit = renamed(clappThreeFactor({ pool, context, negatives }), 'clapp')
    expectSame(
      await descents(local(explicit), encoder, 4),
      await descents(local(clapp({ pool, context, negatives })), encoder, 4),
    )
  })
})

test('global averages too', async () => {
  expectSame(await descents(local(renamed(clappThreeFactor(), 'clapp'))), await descents(local(clapp())))
})

describe('feedback alignment', () => {
  test('through the transposed weights is backpropagation', async () => {
    const loss = infoNCE({ dimension: 5 })
    expectSame(
      await descents(global(renamed(weightTransport(loss), 'infonce'))),
      await descents(global(loss)),
    )
  })

  test('through random weights agrees with backpropagation in the top layer alone', async () => {
    const loss = infoNCE({ dimension: 5 })
    const [random, exact] = [
      await descents(global(renamed(feedbackAlignment(loss), 'infonce'))),
      await descents(global(loss)),
    ]
    for (const name of ['conv3.weight', 'conv3.bias', 'conv3.projection'])
      expect(relativeError(random.get(name) ?? [], exact.get(name) ?? [])).toBeLessThan(1e-12)
    for (const name of ['conv1.weight', 'conv2.weight'])
      expect(relativeError(random.get(name) ?? [], exact.get(name) ?? [])).toBeGreaterThan(0.1)
  })

  test('its feedback weights are drawn once and never taught', () => {
    const { train } = compile(tinyProgram({ learn: global(feedbackAlignment(infoNCE())) })).manifest
    const feedback = train.parameters.filter(({ name }) => name.endsWith('.feedback'))
    expect(feedback.map(({ name }) => name)).toEqual([
      'conv3.feedback-alignment.conv3.feedback',
      'conv3.feedback-alignment.conv2.feedback',
    ])
    const updated = train.graphs.flatMap(({ outputs }) => outputs.map(({ updates }) => updates))
    for (const { name } of feedback) expect(updated).not.toContain(name)
  })
})

test('feedback does not go where a residual passes the weights by', () => {
  const encoder = [
    layer('one', conv(4), relu()),
    layer('two', residual([conv(4)]), relu()),
    layer('three', conv(4), relu()),
  ]
  const build = () => compile(tinyProgram({ learn: global(feedbackAlignment(infoNCE())), encoder }))
  expect(build).toThrow("the input of 'two' passes its weights by, through a residual")
})

describe('explicit updates', () => {
  const learn = (updates: Parameters<typeof rule<'a' | 'b'>>[1]) =>
    compile(tinyProgram({ learn: local(rule('mine', updates)), optimizer: sgd({ lr: 1 }) }))

  test('need no loss, and teach only what they name', () => {
    const { manifest } = learn(({ preactivation, correlate }) => ({
      updates: { weight: correlate(preactivation.rows) },
    }))
    const outputs = manifest.train.graphs.flatMap((graph) => graph.outputs)
    expect(outputs.filter(({ role }) => role === 'loss')).toEqual([])
    expect(outputs.flatMap(({ updates }) => updates ?? [])).toEqual([
      'conv1.weight',
      'conv2.weight',
      'conv3.weight',
    ])
  })

  test('leave to the loss what they do not name', async () => {
    const mixed = renamed(
      rule<'a' | 'b'>('mixed', (context) => {
        return { updates: { weight: context.weight.mul(0) }, ...lossOf(clapp(), context) }
      }),
      'clapp',
    )
    const [both, byLoss] = [await descents(local(mixed)), await descents(local(clapp()))]
    expect(both.get('conv2.bias')).toEqual(byLoss.get('conv2.bias'))
    expect(both.get('conv2.weight')?.every((value) => value === 0)).toBe(true)
  })

  test('of a name that does not exist are told with those that do', () => {
    expect(() => learn(({ weight }) => ({ updates: { wieght: weight } }))).toThrow(
      /'mine' updates 'wieght', which 'conv1' does not have[^]*plasticity\.test\.ts:\d+[^]*'weight'/,
    )
  })

  test('of another shape are told', () => {
    expect(() => learn(({ bias, weight }) => ({ updates: { weight: bias ?? weight } }))).toThrow(
      /update of conv1\.weight is float64\[3\], the parameter is float64\[3, 2, 3, 3\][^]*correlate/,
    )
  })

  test('of a layer with several weighted modules are refused', () => {
    const encoder = [layer('two', conv(3), relu(), conv(3))]
    const hebbian = rule<'a' | 'b'>('hebbian', ({ preactivation, correlate }) => ({
      updates: { weight: correlate(preactivation.rows) },
    }))
    expect(() => compile(tinyProgram({ encoder, learn: local(hebbian) }))).toThrow(
      /'two' has 2 weighted modules, not one[^]*split the layer/,
    )
  })
})

import { describe, expect, test } from 'vitest'
import { feedbackAlignment, oja } from '../../rules/index.ts'
import { Stepper } from '../../runtime/train/stepper.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { stream } from '../../runtime/values/random.ts'
import { localityTable } from '../../src/cli/locality-table.ts'
import {
  adamw,
  batchNorm,
  blocks,
  classify,
  compile,
  compileAlignment,
  conv,
  dropout,
  flatten,
  global,
  layer,
  linear,
  local,
  maxPool,
  relu,
  rule,
  type Layer,
  type Program,
} from '../../src/index.ts'
import { isFloat } from '../../src/base/dtype.ts'
import { allocate, type HostTensor } from '../../runtime/values/tensor.ts'
import { tinyProgram, type TinyOptions } from '../support/programs.ts'
import type { CompileOptions } from '../../src/compile.ts'

/** A frozen layer keeps its bits: no update, no decay, no state, no gradient. */

const frozen = { frozen: true }
/** Weight decay alone would move what has no gradient. */
const decaying = adamw({ lr: 0.05, weightDecay: 0.5 })
const variance = () => rule('spread', ({ out }) => out.rows.sub(out.rows.mean(0)).square().mean().neg())

const encoder = (): Layer[] => [
  layer('conv1', frozen, conv(3), batchNorm(), relu(), dropout(0.3), maxPool(2)),
  layer('conv2', conv(4), batchNorm(), relu()),
  layer('conv3', conv(4), relu(), maxPool(2)),
]
const weighted = (middle: object = {}): Layer[] => [
  layer('conv1', conv(3), relu(), maxPool(2)),
  layer('conv2', middle, conv(4), relu(), maxPool(2)),
  layer('top', flatten(), linear(3)),
]
const make = (options: TinyOptions): Program =>
  tinyProgram({ optimizer: decaying, dtype: 'float32', encoder: encoder(), ...options })

const inputFor = (
  { role, type, shape }: Pick<HostTensor, 'type' | 'shape'> & { readonly role: string },
  step: number,
): HostTensor => {
  const value = allocate(type, shape)
  const random = stream(step, 'inputs')
  if (role === 'rate') return { ...value, data: Float64Array.of(0.05) }
  if (role === 'step') return { ...value, data: BigInt64Array.of(BigInt(step)) }
  if (isFloat(type)) for (let i = 0; i < value.data.length; i++) value.data[i] = random.uniformDouble()
  return value
}

/** Parameters and states before and after some steps on drawn inputs. */
async function trained(program: Program, steps: number, options: CompileOptions = {}) {
  const bundle = compile(program, options)
  const { train } = bundle.manifest
  const before = initialValues(train, 1)
  const stepper = await Stepper.create(bundle, train, before)
  const given = new Map(
    train.graphs.flatMap(({ inputs }) => inputs.map((input) => [input.name, input] as const)),
  )
  for (let step = 1; step <= steps; step++)
    await stepper.run([
      stepper.pick(Object.fromEntries([...given].map(([name, input]) => [name, inputFor(input, step)]))),
    ])
  const after = new Map([...stepper.values()].map(([name, { data }]) => [name, data.slice()]))
  await stepper.release()
  return { bundle, before, after }
}

const of = (name: string, values: ReadonlyMap<string, unknown>) =>
  [...values.keys()].filter((each) => each.startsWith(`${name}.`))

const credits = {
  local: { learn: local(variance(), { allow: ['statistics'] }) },
  'blocks, frozen below': { learn: blocks([2, 1], variance()) },
  'blocks, frozen above': {
    learn: blocks([2, 1], variance()),
    encoder: [
      layer('conv2', conv(4), relu()),
      layer('conv1', frozen, conv(3), batchNorm()),
      layer('conv3', conv(4)),
    ],
  },
  global: { learn: global(variance()) },
  'a rule of the whole encoder, with explicit updates': {
    learn: global(feedbackAlignment(classify())),
    encoder: [
      layer('conv0', conv(3), relu(), maxPool(2)),
      layer('conv1', frozen, conv(4), relu(), maxPool(2)),
      layer('top', flatten(), linear(3)),
    ],
  },
  'a local rule of explicit updates': {
    learn: local(oja()),
    views: ['a'],
    encoder: [layer('conv1', frozen, conv(3)), layer('conv2', conv(3, { bias: false }))],
  },
} satisfies Readonly<Record<string, TinyOptions>>

describe('a frozen layer', () => {
  test.each(Object.entries(credits))('has the same bits after 100 steps: %s', async (_, options) => {
    const { bundle, before, after } = await trained(make(options), 100)
    const { parameters, states } = bundle.manifest.train
    const kept = of('conv1', after)
    expect(kept.length).toBeGreaterThan(0)
    for (const name of kept) expect(after.get(name), name).toEqual(before.get(name)?.data)
    for (const { name, layer, constant = false } of [...parameters, ...states])
      if (layer !== 'conv1' && !name.includes('feedback')) {
        expect(constant, name).toBe(false)
        expect(after.get(name), name).not.toEqual(before.get(name)?.data)
      }
  })

  test.each([
    ['fused', { fused: true }],
    ['four steps a run', { stepsPerRun: 4 }],
  ] as const)('has the same bits however its graphs are made: %s', async (_, options) => {
    const { before, after } = await trained(make({ learn: local(variance()) }), 5, options)
    for (const name of of('conv1', after)) expect(after.get(name), name).toEqual(before.get(name)?.data)
  })

  test('has no graph that trains it, no loss, no state of an optimizer and no gradient', () => {
    const { manifest } = compile(make({ learn: local(variance()) }))
    const { graphs, states, schedule } = manifest.train
    const [first] = graphs
    expect(schedule.map(({ graph }) => graph)).toEqual(['conv1', 'conv2', 'conv3'])
    expect(first?.outputs.map(({ name, role }) => [name, role])).toEqual([['conv1.out', 'activity']])
    expect(first?.inputs.some(({ role }) => role === 'draw' || role === 'rate')).toBe(false)
    expect(states.filter(({ layer }) => layer === 'conv1')).toEqual([
      expect.objectContaining({ name: 'conv1.running_mean', constant: true }),
      expect.objectContaining({ name: 'conv1.running_var', constant: true }),
    ])
    expect(manifest.locality.map(({ layer }) => layer)).not.toContain('conv1')
    expect(manifest.program.layers.map((each) => each.frozen ?? false)).toEqual([true, false, false])
  })

  test('costs under backpropagation what its activity costs: no gradient of it, none below it', () => {
    const cost = (below: object) =>
      compile(
        make({
          encoder: [layer('conv1', below, conv(3), relu()), layer('conv2', conv(4))],
          learn: global(variance()),
        }),
      ).manifest.train.graphs.reduce((sum, { cost }) => sum + cost.flops, 0)
    expect(cost(frozen)).toBeLessThan(cost({}))
  })

  test('computes in training what it computes after it: running statistics, no dropout', () => {
    const options = { encoder: [layer('conv1', frozen, batchNorm(), dropout(0.5)), layer('conv2', conv(4))] }
    const { train } = compile(make({ learn: local(variance()), ...options })).manifest
    expect(train.draws).toEqual([])
  })

  test('lets gradients through to the layers below, as the same layer does that learns', async () => {
    const run = (middle: object) =>
      trained(make({ encoder: weighted(middle), learn: global(classify()), views: ['a'] }), 1)
    const [still, moving] = [await run(frozen), await run({})]
    for (const name of [...of('conv1', still.after), ...of('top', still.after)])
      expect(still.after.get(name), name).toEqual(moving.after.get(name))
  })

  test('that nothing reads is in no training graph', () => {
    const learn = local(variance())
    const { train, encode } = compile(
      make({ learn, encoder: [layer('conv1', conv(3)), layer('top', frozen, conv(4))] }),
    ).manifest
    expect(train.graphs.map(({ name }) => name)).toEqual(['conv1'])
    expect(encode.parameters.map(({ name }) => name)).toContain('top.weight')
  })

  test('follows itself as a target, to the bit', async () => {
    const learn = blocks(
      [2, 1],
      rule('target', ({ out, target }) =>
        out.rows.sub(target(0.9).rows).square().mean().add(out.rows.mean()),
      ),
    )
    const { bundle } = await trained(make({ learn }), 1)
    expect(bundle.manifest.train.states.map(({ name }) => name)).not.toContain('conv1.weight.target')
  })

  test('is told as frozen where the locality of updates is shown', () => {
    const text = localityTable(compile(make({ learn: local(variance()) })).manifest)
    expect(text).toMatch(/^conv1 +frozen +– +– +– +–$/m)
    expect(text.indexOf('conv1')).toBeLessThan(text.indexOf('conv2'))
  })

  test('is another layer whose weights updates below it read, running statistics among them', () => {
    const { locality } = compile(
      make({
        encoder: [
          layer('conv1', conv(3), relu()),
          layer('conv2', frozen, conv(4), batchNorm(), relu()),
          layer('conv3', conv(4)),
        ],
        learn: global(variance()),
      }),
    ).manifest
    const reads = locality.find(({ parameter }) => parameter === 'conv1.bias')?.reads ?? []
    expect(reads).toContainEqual({ kind: 'transport', layer: 'conv2' })
    expect(reads.map(({ kind }) => kind)).not.toContain('memory')
    expect(reads.map(({ kind }) => kind)).not.toContain('own')
  })

  test('is left out where updates are compared with backpropagation', () => {
    const { alignment } = compileAlignment(make({ learn: local(variance()) }), {
      projectionRate: 0.1,
    }).manifest
    expect(
      alignment.graphs.flatMap(({ outputs }) =>
        outputs.flatMap(({ role, layer }) => (role === 'alignment' ? layer : [])),
      ),
    ).toEqual(['conv2', 'conv3'])
  })
})

describe('an encoder of frozen layers alone', () => {
  test('is refused at the line of its first layer', () => {
    const all = () => compile(make({ encoder: [layer('conv1', frozen, conv(3))], learn: local(variance()) }))
    expect(all).toThrow(/every layer of the encoder is frozen/)
  })

  test('or of options that are none', () => {
    expect(() => layer('conv1', { frozen: 1 } as never, conv(3))).toThrow('layer: frozen is 1')
    expect(() => layer('conv1', { froze: true } as never, conv(3))).toThrow("layer has no option 'froze'")
  })
})

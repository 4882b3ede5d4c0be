import { describe, expect, test } from 'vitest'
import {
  adamw,
  blocks,
  compile,
  conv,
  global,
  local,
  program,
  rule,
  sgd,
  type Rule,
  type Tensor,
} from '../../src/index.ts'
import { clapp, clappDirectFeedback } from '../../rules/index.ts'
import { tinyEncoder, tinyPools, tinyProgram } from '../support/programs.ts'

const order = (program: Parameters<typeof compile>[0], fused = false) =>
  compile(program, { fused }).manifest.train.schedule.map(({ graph }) => graph)

describe('credit decides the graphs', () => {
  test('local: one graph per layer, from below to above', () => {
    expect(order(tinyProgram())).toEqual(['conv1', 'conv2', 'conv3'])
  })

  test('global: one graph', () => {
    expect(order(tinyProgram({ learn: global(clapp()) }))).toEqual(['conv1-conv3'])
  })

  test('blocks: one graph per block, each with one loss', () => {
    const { train } = compile(tinyProgram({ learn: blocks([2, 1], clapp({ pool: tinyPools })) })).manifest
    expect(train.graphs.map(({ name }) => name)).toEqual(['conv1-conv2', 'conv3'])
    const losses = train.graphs.flatMap(({ outputs }) => outputs.filter(({ role }) => role === 'loss'))
    expect(losses.map(({ name, layer }) => [name, layer])).toEqual([
      ['conv2.loss', 'conv2'],
      ['conv3.loss', 'conv3'],
    ])
  })

  test('blocks must make up the encoder', () => {
    expect(() => compile(tinyProgram({ learn: blocks([2, 2], clapp()) }))).toThrow(
      /blocks of \[2, 2\] layers do not make up an encoder of 3[^]*credit\.test\.ts:\d+[^]*add up to 3/,
    )
  })

  test('reading the top layer splits the layers below into forward and learn', () => {
    expect(order(tinyProgram({ learn: local(clappDirectFeedback(tinyPools)) }))).toEqual([
      'conv1.forward',
      'conv2.forward',
      'conv3',
      'conv1.learn',
      'conv2.learn',
    ])
  })

  test('fused: one graph, the same parameters and losses', () => {
    const [apart, fused] = [false, true].map((fused) => compile(tinyProgram(), { fused }).manifest.train)
    expect(fused?.graphs).toHaveLength(1)
    expect(fused?.parameters).toEqual(apart?.parameters)
    const losses = (train = apart) =>
      train?.graphs.flatMap(({ outputs }) =>
        outputs.flatMap(({ role, name }) => (role === 'loss' ? name : [])),
      )
    expect(losses(fused)).toEqual(losses(apart))
  })

  test('an activity is dropped after its last reader', () => {
    const { schedule } = compile(tinyProgram({ learn: local(clappDirectFeedback(tinyPools)) })).manifest.train
    expect(schedule.map(({ drop }) => drop)).toEqual([[], [], ['conv2.out'], [], ['conv1.out', 'conv3.out']])
  })

  test('the same program compiles to the same bytes', () => {
    const [first, second] = [compile(tinyProgram()), compile(tinyProgram())]
    expect(second.manifest).toEqual(first.manifest)
    for (const [name, bytes] of first.files)
      expect(Buffer.compare(bytes, second.files.get(name) ?? new Uint8Array())).toBe(0)
  })
})

describe('locality', () => {
  const leak = (): Rule<'a' | 'b'> => {
    let below: Tensor | undefined
    return rule('leak', ({ out }) => {
      const own = out.rows.mean(1, 2, 3)
      const loss = below ? own.mul(below).mean() : own.mean()
      below = own
      return loss
    })
  }

  test("a loss that teaches another layer's parameters does not compile", () => {
    expect(() => compile(tinyProgram({ learn: local(leak()) }))).toThrow(
      /the loss of 'conv2' also teaches conv1\.weight, conv1\.bias[^]*credit\.test\.ts:\d+:\d+[^]*stopGradient/,
    )
  })

  test('under global credit the same rule compiles', () => {
    expect(() => compile(tinyProgram({ learn: global(leak()) }))).not.toThrow()
  })

  test('a loss that teaches nothing does not compile', () => {
    const idle = rule<'a' | 'b'>('idle', ({ out }) => out.rows.stopGradient().mean())
    expect(() => compile(tinyProgram({ learn: local(idle) }))).toThrow(
      /the loss of 'conv1' teaches no parameter/,
    )
  })
})

test('a misspelt option is told with what it may have been', () => {
  expect(() =>
    compile(tinyProgram({ learn: local(clapp(JSON.parse('{"context":"tpo"}') as object)) })),
  ).toThrow(/clapp: context is 'tpo'[^]*'same', 'top' or 'both'/)
  expect(() => conv(8, { kernel: 3, ...{ kernal: 5 } })).toThrow(
    /conv has no option 'kernal'[^]*did you mean 'kernel'/,
  )
  expect(() => sgd({ lr: 1, ...{ weight_decay: 0.1 } })).toThrow(
    /sgd has no option 'weight_decay'[^]*'weightDecay'/,
  )
  const options = {
    input: { channels: 1, size: 8 },
    batch: 2,
    encoder: tinyEncoder(),
    learn: local(clapp()),
    optimizer: sgd({ lr: 1 }),
  }
  expect(() => program({ ...options, ...{ readuot: [1] } })).toThrow(
    /program has no option 'readuot'[^]*did you mean 'readout'/,
  )
})

describe('a rule', () => {
  test('must return one number', () => {
    const vector = rule<'a' | 'b'>('vector', ({ out }) => out.rows.mean(1, 2, 3))
    expect(() => compile(tinyProgram({ learn: local(vector) }))).toThrow(
      /loss of 'vector' at 'conv1' is float64\[6\][^]*\.mean\(\)/,
    )
  })

  test('may read the value of the step before, which is state', () => {
    const slow = rule<'a' | 'b'>('slow', ({ out, previous }) => {
      const now = out.rows.mean(0, 2, 3)
      return now.sub(previous('mean', now)).square().mean()
    })
    const { train } = compile(tinyProgram({ learn: local(slow), optimizer: sgd({ lr: 0.1 }) })).manifest
    expect(train.states.map(({ name }) => name)).toEqual([
      'conv1.slow.mean',
      'conv2.slow.mean',
      'conv3.slow.mean',
    ])
    expect(train.graphs[0]?.outputs.map(({ name }) => name)).toContain("conv1.slow.mean'")
  })

  test('names an unknown layer with the list of those that exist', () => {
    const lost = rule<'a' | 'b'>('lost', ({ of }) => of('conv9').rows.mean())
    expect(() => compile(tinyProgram({ learn: local(lost) }))).toThrow(
      /no layer 'conv9'[^]*conv1, conv2, conv3/,
    )
  })

  test('cannot be computed with by operators', () => {
    const wrong = rule<'a' | 'b'>('wrong', ({ out }) => (Number(out.a) > 1 ? out.a : out.b))
    expect(() => compile(tinyProgram({ learn: local(wrong) }))).toThrow(/symbolic[^]*credit\.test\.ts/)
  })
})

test('optimizer state is named as in PyTorch', () => {
  const { train } = compile(tinyProgram({ optimizer: adamw({ lr: 1e-3 }) })).manifest
  expect(train.states.slice(0, 2).map(({ name }) => name)).toEqual([
    'conv1.weight.exp_avg',
    'conv1.weight.exp_avg_sq',
  ])
})

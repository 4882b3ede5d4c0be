import { describe, expect, test } from 'vitest'
import { UserError } from '../../src/base/error.ts'
import {
  adamw,
  classify,
  compile,
  flatten,
  global,
  layer,
  linear,
  local,
  optimizer,
  program,
  rates,
  relu,
  rule,
  sgd,
  type Optimizer,
  type OptimizerOptions,
  type Update,
  type Updated,
} from '../../src/index.ts'
import { relativeError } from '../support/samples.ts'
import { runProgram } from '../support/run-program.ts'

/** Optimizers of the user's own: what they see, and what they are told of mistakes. */

const quiet = rule('quiet', ({ out, parameter }) => {
  const scale = parameter('scale', [], { rate: 10 })
  return out.rows.mul(scale).sub(1).square().mean()
})
const net = (made: Optimizer) =>
  program({
    input: { channels: 1, size: 2 },
    batch: 3,
    encoder: [layer('one', flatten(), linear(4), relu()), layer('two', linear(2))],
    learn: local(quiet),
    optimizer: made,
  })
const told = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof UserError) return String(error)
    throw error
  }
  return 'nothing'
}

const down = ({ parameter, gradient, rate }: Update): Updated => ({
  parameter: parameter.sub(gradient.mul(rate.cast(parameter.dtype))),
})

describe('an update', () => {
  test('is told whose it is, and how much it decays', () => {
    const seen: string[] = []
    const update = (given: Update): Updated => {
      seen.push(`${given.name} of ${given.layer} [${given.shape.join()}] ${given.weightDecay}`)
      return down(given)
    }
    compile(
      net(
        optimizer('mine', {
          ...{ lr: 0.1, weightDecay: 0.5, noDecay: ({ name }) => name.endsWith('scale'), update },
          layers: { two: { weightDecay: 0.25 } },
          parameters: { 'one.bias': { weightDecay: 0 } },
        }),
      ),
    )
    expect([...new Set(seen)]).toEqual([
      'one.weight of one [4,4] 0.5',
      'one.bias of one [4] 0',
      'one.quiet.scale of one [] 0',
      'two.weight of two [2,4] 0.25',
      'two.bias of two [2] 0.25',
      'two.quiet.scale of two [] 0',
    ])
  })

  test('is that of sgd where it says so, with all that is around it', async () => {
    const shared = { lr: 0.1, clip: { norm: 0.3 }, layers: { one: { lr: 0.02 } } } as const
    const own = await runProgram(net(optimizer('mine', { ...shared, update: down })))
    expect(own).toEqual(await runProgram(net(sgd(shared))))
    expect(own).not.toEqual(await runProgram(net(sgd({ ...shared, layers: {} }))))
  })

  const own = (update: unknown, rest: Partial<OptimizerOptions> = {}) =>
    told(() => compile(net(optimizer('mine', { lr: 0.1, update: update as typeof down, ...rest }))))
  test.each<[string, unknown, RegExp]>([
    [
      'returns nothing',
      () => undefined,
      /'mine', for one\.weight, returned undefined[^]*is a return missing/,
    ],
    ['returns a tensor', (given: Update) => given.parameter, /returned a Tensor[^]*return \{ parameter \}/],
    [
      'returns states that it has not',
      (given: Update) => ({ ...down(given), states: { kept: given.gradient } }),
      /returned a state 'kept'[^]*states: \['kept'\]/,
    ],
    [
      'misspells',
      ({ parameter }: Update) => ({ parametr: parameter }),
      /'parametr', which nothing reads[^]*did you mean 'parameter'/,
    ],
    [
      'returns another shape',
      ({ parameter }: Update) => ({ parameter: parameter.sum() }),
      /as parameter, returned float32\[\], not float32\[4, 4\]/,
    ],
    [
      'mixes types',
      ({ parameter, rate }: Update) => ({ parameter: parameter.mul(rate) }),
      /own-optimizer\.test\.ts:\d+/,
    ],
  ])('that %s is told', (_, update, message) => {
    expect(own(update)).toMatch(message)
  })

  test('that forgets a state is told', () => {
    expect(own((given: Update) => ({ ...down(given), states: {} }), { states: ['kept'] })).toMatch(
      /as states\.kept, returned undefined/,
    )
    expect(own(down, { states: ['kept'] })).toMatch(/states that are undefined[^]*states: \{ kept \}/)
  })
})

describe('mistakes in settings are told', () => {
  test.each<[string, () => unknown, RegExp]>([
    [
      'an unknown layer',
      () => compile(net(sgd({ lr: 1, layers: { onee: { lr: 0.1 } } }))),
      /a layer 'onee', which is not there[^]*did you mean 'one'/,
    ],
    [
      'an unknown parameter',
      () => compile(net(sgd({ lr: 1, parameters: { 'one.quiet.scal': { lr: 0.1 } } }))),
      /a parameter 'one\.quiet\.scal'[^]*did you mean 'one\.quiet\.scale'/,
    ],
    [
      'an unknown setting',
      () => sgd({ lr: 1, layers: { one: { decay: 1 } as never } }),
      /layers 'one' has no option 'decay'/,
    ],
    [
      'a setting of a wrong kind',
      () => sgd({ lr: 1, layers: { one: { lr: -1 } } }),
      /layers 'one': lr is -1/,
    ],
    ['both clips', () => sgd({ lr: 1, clip: { norm: 1, value: 1 } }), /clip is [^]*give one of/],
    [
      'an average that was not called',
      () => sgd({ lr: 1, average: (() => 1) as never }),
      /average is the function[^]*is a call missing/,
    ],
    [
      'a mask that says nothing',
      () => compile(net(sgd({ lr: 1, noDecay: () => undefined as never }))),
      /noDecay returned undefined for one\.weight/,
    ],
    ['a state twice', () => optimizer('mine', { lr: 1, states: ['a', 'a'], update: down }), /each name once/],
    [
      'dampening with nesterov',
      () => sgd({ lr: 1, momentum: 0.5, nesterov: true, dampening: 0.1 }),
      /nesterov has no dampening/,
    ],
    [
      'points in no order',
      () =>
        rates.points([
          [0.5, 1],
          [0, 1],
        ]),
      /order of their places/,
    ],
    [
      'points after the end',
      () =>
        rates.points([
          [0, 1],
          [500, 1],
        ]),
      /a place is 500, after the end[^]*unit: 'step'/,
    ],
    ['points of zeros', () => rates.points([[0, 0]]), /at least one rate above 0/],
    ['a curve that gives none', () => rates.curve(() => NaN), /the rate at 0 is NaN/],
    ['a curve of zeros', () => rates.curve(() => 0), /lr is 0/],
    ['a curve of chance', () => rates.curve(() => Math.random()), /and then another rate/],
    ['a function as a rate', () => sgd({ lr: ((t: number) => t) as never }), /rates\.curve/],
  ])('%s', (_, work, message) => {
    expect(told(work)).toMatch(message)
  })
})

test('a curve is asked at both ends, and at equal distances', () => {
  expect(rates.curve((progress) => 2 - progress, { points: 3 })).toEqual({
    kind: 'table',
    lr: 2,
    values: [2, 1.5, 1],
  })
})

test('large parameters, which are updated in blocks, are clipped and averaged as those that are not', async () => {
  const large = (target: 'cpu' | 'portable') =>
    runProgram(
      program({
        input: { channels: 1, size: 32 },
        batch: 2,
        encoder: [layer('large', flatten(), linear(1024, { bias: false })), layer('top', linear(10))],
        learn: global(classify()),
        optimizer: adamw({ lr: 0.01, clip: { norm: 0.01 }, average: { kind: 'ema', decay: 0.9 } }),
        dtype: 'float64',
      }),
      { steps: 2, target },
    )
  const [blocked, whole] = [await large('cpu'), await large('portable')]
  for (const [name, values] of whole.values)
    expect(relativeError(blocked.values.get(name) ?? [], values), name).toBeLessThan(1e-9)
})

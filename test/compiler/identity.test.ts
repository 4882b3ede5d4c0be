import { describe, expect, test } from 'vitest'
import {
  adamw,
  compile,
  conv,
  init as initializers,
  layer,
  local,
  maxPool,
  program,
  rates,
  relu,
  sgd,
  type Program,
} from '../../src/index.ts'
import { clappPlusPlus } from '../../rules/index.ts'
import type { CompileOptions } from '../../src/compile.ts'
import type { Init } from '../../src/lang/initializers.ts'
import type { Rate } from '../../src/bundle/schema/rate.ts'

/** What identifies a program is its mathematics. */

const parts = () => ({
  input: { channels: 1, size: 12 },
  batch: 4,
  encoder: [layer('one', conv(4), relu(), maxPool(2)), layer('two', conv(6), relu())],
  learn: local(clappPlusPlus(3)),
  optimizer: adamw({ lr: 1e-3 }),
})
const identity = (of: Program, options?: CompileOptions): string => compile(of, options).manifest.identity
const own = identity(program(parts()))

describe('the identity of a program', () => {
  test.each<[string, CompileOptions]>([
    ['another budget of memory', { memory: 2 ** 20 }],
    ['another target', { target: 'portable' }],
    ['one graph for all', { fused: true }],
    ['several steps per run', { stepsPerRun: 4 }],
    ['other algorithms of convolutions', { lowering: { one: 'columns' } }],
  ])('is the same compiled for %s', (_, options) => {
    expect(identity(program(parts()), options)).toBe(own)
  })

  test('is the same wherever its lines stand', () => {
    // Somewhere else in this file: origins of all nodes differ.
    const elsewhere = program({
      ...parts(),
      encoder: [layer('one', conv(4), relu(), maxPool(2)), layer('two', conv(6), relu())],
    })
    expect(compile(elsewhere).files).not.toEqual(compile(program(parts())).files)
    expect(identity(elsewhere)).toBe(own)
  })

  test("is the same whatever the order in which the user's objects have their parts", () => {
    const starting = (init: Init, lr: Rate) =>
      identity(program({ ...parts(), encoder: [layer('one', conv(4, { init }))], optimizer: sgd({ lr }) }))
    expect(starting(() => ({ bound: 0.3, kind: 'uniform' }), { lr: 0.1, kind: 'constant' })).toBe(
      starting(initializers.uniform(0.3), rates.constant(0.1)),
    )
  })

  test.each<[string, Partial<Parameters<typeof program>[0]>]>([
    ['batch', { batch: 5 }],
    ['learning rate', { optimizer: adamw({ lr: 1e-4 }) }],
    ['setting of the optimizer', { optimizer: adamw({ lr: 1e-3, weightDecay: 0 }) }],
    ['optimizer', { optimizer: sgd({ lr: 1e-3 }) }],
    ['rule', { learn: local(clappPlusPlus(2)) }],
    ['mean of pixels', { input: { channels: 1, size: 12, mean: [0.5] } }],
    ['number of classes', { input: { channels: 1, size: 12, classes: 5 } }],
    ['type of numbers', { dtype: 'float64' }],
    ['readout', { readout: [2, 2] }],
    ['width', { encoder: [layer('one', conv(5), relu(), maxPool(2)), layer('two', conv(6), relu())] }],
    [
      'name of a layer',
      { encoder: [layer('first', conv(4), relu(), maxPool(2)), layer('two', conv(6), relu())] },
    ],
  ])('changes with another %s', (_, change) => {
    expect(identity(program({ ...parts(), ...change }))).not.toBe(own)
  })
})

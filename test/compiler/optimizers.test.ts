import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  adam,
  adamw,
  lars,
  lion,
  rmsprop,
  rates as schedules,
  sgd,
  Tensor,
  type Optimizer,
} from '../../src/index.ts'
import { input } from '../../src/ops/leaf.ts'
import { compileNodes } from '../support/evaluate.ts'
import { relativeError } from '../support/samples.ts'
import type { Node } from '../../src/ir/node.ts'

/** Optimizers are PyTorch's: `test/reference/optimizers.py` writes the numbers. */

const numbers = z.array(z.number())
const reference = z.object({
  shape: numbers,
  start: numbers,
  parameter: z.array(numbers),
  states: z.record(z.string(), numbers),
})
const { gradients, rates, cases } = z
  .object({ gradients: z.array(numbers), rates: numbers, cases: z.record(z.string(), reference) })
  .parse(JSON.parse(readFileSync(new URL('../reference/optimizers.json', import.meta.url), 'utf8')))

const lr = 1
const optimizers: Readonly<Record<string, Optimizer>> = {
  sgd: sgd({ lr }),
  'sgd, momentum 0.9': sgd({ lr, momentum: 0.9 }),
  'sgd, momentum 0.9, weight decay 0.1': sgd({ lr, momentum: 0.9, weightDecay: 0.1 }),
  'sgd, nesterov, weight decay 0.1': sgd({ lr, momentum: 0.9, weightDecay: 0.1, nesterov: true }),
  'sgd, nesterov': sgd({ lr, momentum: 0.8, nesterov: true }),
  'sgd, momentum 0.9, dampening 0.3': sgd({ lr, momentum: 0.9, dampening: 0.3 }),
  rmsprop: rmsprop({ lr }),
  'rmsprop, momentum 0.9, weight decay 0.1': rmsprop({ lr, momentum: 0.9, weightDecay: 0.1 }),
  'rmsprop, centered, alpha 0.9, eps 0.001': rmsprop({ lr, centered: true, alpha: 0.9, eps: 1e-3 }),
  'rmsprop, centered, momentum 0.5': rmsprop({ lr, centered: true, momentum: 0.5 }),
  lion: lion({ lr }),
  'lion, betas 0.8 and 0.95, weight decay 0.3': lion({ lr, betas: [0.8, 0.95], weightDecay: 0.3 }),
  adam: adam({ lr }),
  'adam, weight decay 0.1': adam({ lr, weightDecay: 0.1 }),
  'adam, betas 0.7 and 0.95, eps 0.001': adam({ lr, betas: [0.7, 0.95], eps: 1e-3 }),
  adamw: adamw({ lr }),
  'adamw, weight decay 0': adamw({ lr, weightDecay: 0 }),
  'adamw, weight decay 0.3': adamw({ lr, weightDecay: 0.3 }),
  lars: lars({ lr }),
  'lars, momentum 0.7, weight decay 0.1, trust 0.5': lars({
    lr,
    momentum: 0.7,
    weightDecay: 0.1,
    trust: 0.5,
  }),
  'lars, weight decay 0.1, from zero': lars({ lr, weightDecay: 0.1, trust: 0.5 }),
  'lars of a vector, weight decay 0.1': lars({ lr, weightDecay: 0.1 }),
}

/** The parameter after each step, and the states after the last, on the given gradients and rates. */
async function train(
  optimizer: Optimizer,
  { shape, start }: z.infer<typeof reference>,
): Promise<{ parameter: number[][]; states: number[][] }> {
  const vector = (role: 'parameter' | 'state' | 'views') => input(role, role, 'float64', shape)
  const [parameter, gradient] = [vector('parameter'), vector('views')]
  const kept = optimizer.states.map(() => vector('state'))
  const rate = input('rate', 'learning_rate', 'float64', [])
  const step = input('step', 'step', 'int64', [])
  const updated = optimizer.update({
    parameter: new Tensor(parameter),
    gradient: new Tensor(gradient),
    states: kept.map((node) => new Tensor(node)),
    rate: new Tensor(rate),
    step: new Tensor(step),
    of: { name: 'layer.weight', layer: 'layer', shape },
  })
  const outputs = [updated.parameter, ...updated.states].map(({ node }) => node)
  const run = await compileNodes(outputs, [parameter, gradient, ...kept, rate, step])

  const after: number[][] = []
  let values: number[][] = [start, ...kept.map(() => start.map(() => 0))]
  for (const [i, slope] of gradients.entries()) {
    const feeds = new Map<Node, readonly number[]>([
      ...[parameter, ...kept].map((node, position) => [node, values[position] ?? []] as const),
      [gradient, slope],
      [rate, [rates[i] ?? NaN]],
      [step, [i + 1]],
    ])
    values = (await run(feeds)).map((result) => [...result])
    after.push(values[0] ?? [])
  }
  return { parameter: after, states: values.slice(1) }
}

test('every reference case has an optimizer', () => {
  expect(Object.keys(optimizers)).toEqual(Object.keys(cases))
})

describe.each(Object.entries(optimizers))('%s', (name, optimizer) => {
  test("is PyTorch's, step by step, while the learning rate changes", async () => {
    const wanted = cases[name]
    if (!wanted) throw new Error('no reference')
    const { parameter, states } = await train(optimizer, wanted)
    expect(parameter.length).toBe(gradients.length)
    for (const [step, values] of parameter.entries())
      expect(relativeError(values, wanted.parameter[step] ?? []), `step ${step + 1}`).toBeLessThan(1e-12)
    expect(optimizer.states).toEqual(Object.keys(wanted.states))
    for (const [i, state] of optimizer.states.entries())
      expect(relativeError(states[i] ?? [], wanted.states[state] ?? []), state).toBeLessThan(1e-12)
  })
})

test('Adam that forgets at once steps by the sign of each gradient', async () => {
  const [slope = []] = gradients
  const start = slope.map(() => 0)
  const { parameter } = await train(adam({ lr, betas: [0, 0], eps: 1e-30 }), {
    ...{ shape: [slope.length], start },
    ...{ parameter: [], states: {} },
  })
  const [rate = NaN] = rates
  expect(
    relativeError(
      parameter[0] ?? [],
      slope.map((each) => -rate * Math.sign(each)),
    ),
  ).toBeLessThan(1e-9)
})

describe('mistakes are told', () => {
  test('Nesterov without momentum', () => {
    expect(() => sgd({ lr, nesterov: true })).toThrow('nesterov needs momentum')
  })

  test.each([
    ['a negative learning rate', () => sgd({ lr: -0.1 }), 'sgd: lr is -0.1'],
    ['a learning rate that is no number', () => adam({ lr: NaN }), 'adam: lr is NaN'],
    ['steps of no length', () => schedules.steps(0.1, { every: 0 }), 'every is 0'],
    ['a factor that is no number', () => schedules.steps(0.1, { every: 0.3, factor: NaN }), 'factor is NaN'],
    ['a negative warm-up', () => schedules.cosine(0.1, { warmup: -1 }), 'warmup is -1'],
  ])('%s', (_, make, problem) => {
    expect(make).toThrow(problem)
  })
})

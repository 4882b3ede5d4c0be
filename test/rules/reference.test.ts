import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  compile,
  conv,
  layer,
  local,
  patches,
  program,
  sgd,
  tanh,
  type Program,
  type Rule,
} from '../../src/index.ts'
import * as rules from '../../rules/index.ts'
import { Stepper } from '../../runtime/train/stepper.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { firstBlockUpdate } from '../support/first-block-update.ts'
import { relativeError } from '../support/samples.ts'
import type { HostTensor } from '../../runtime/values/tensor.ts'

/** Self-supervised rules against PyTorch: `test/reference/self-supervised.py` writes each from its paper. */

const tensor = z.object({ shape: z.array(z.number()), values: z.array(z.number()) })
const tensors = z.record(z.string(), tensor)
const references = z
  .record(
    z.string(),
    z.object({
      steps: z.array(tensor),
      draws: tensors,
      parameters: tensors,
      loss: z.number(),
      gradients: tensors,
      losses: z.array(z.number()).default([]),
      final: tensors.default({}),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('../reference/self-supervised.json', import.meta.url), 'utf8')))

const twoViews: Readonly<Record<string, Rule<'a' | 'b'>>> = {
  'NT-Xent': rules.ntXent({ head: [] }),
  'NT-Xent with a head': rules.ntXent({ head: [6, 3], temperature: 0.2 }),
  'Barlow Twins': rules.barlowTwins(),
  'Barlow Twins with a head': rules.barlowTwins({ head: [6, 3], redundancy: 0.1 }),
  VICReg: rules.vicreg(),
  'VICReg with an expander': rules.vicreg({ head: [6, 5] }),
  LPL: rules.lpl(),
  BYOL: rules.byol({ head: [6, 3], predictor: 7, decay: 0.9 }),
  SimSiam: rules.simSiam({ head: [6, 5, 3], predictor: 7 }),
}
const patchwise: Readonly<Record<string, Rule>> = {
  'CLAPP 2021': rules.clapp2021(),
  'CLAPP 2021 without retrodiction': rules.clapp2021({ retrodiction: 'none' }),
  'CLAPP-s': rules.clapp2021({ synchronous: true }),
  'CLAPP-s with separate retrodiction': rules.clapp2021({ synchronous: true, retrodiction: 'separate' }),
  CPC: rules.cpc(),
  'CPC after a skipped row': rules.cpc({ skip: 1 }),
}

const rate = 0.1
const shared = { batch: 4, optimizer: sgd({ lr: rate }), dtype: 'float64' } as const
const programs: readonly (readonly [string, Program])[] = [
  ...Object.entries(twoViews).map(
    ([name, rule]) =>
      [
        name,
        program({
          ...shared,
          input: { channels: 2, size: 4 },
          encoder: [layer('conv1', conv(4), tanh())],
          learn: local(rule),
        }),
      ] as const,
  ),
  ...Object.entries(patchwise).map(
    ([name, rule]) =>
      [
        name,
        program({
          ...shared,
          views: ['a'],
          input: { channels: 2, size: 8 },
          encoder: [layer('conv1', patches(4, 2), conv(4), tanh())],
          learn: local(rule),
        }),
      ] as const,
  ),
]

const referenceOf = (name: string) => {
  const wanted = references[name]
  if (!wanted) throw new Error(`no reference of ${name}`)
  return wanted
}

test('every reference is checked', () => {
  expect(programs.map(([name]) => name).sort()).toEqual(Object.keys(references).sort())
})

test.each(programs)("%s has PyTorch's loss and gradients", async (name, traced) => {
  const wanted = referenceOf(name)
  const { parameters, draws, run } = await firstBlockUpdate(traced)
  expect([...parameters].sort()).toEqual(Object.keys(wanted.parameters).sort())
  expect([...draws].sort()).toEqual(Object.keys(wanted.draws).sort())

  const [views] = wanted.steps
  const given = { ...wanted.parameters, ...wanted.draws, ...(views && { views }) }
  const { loss, gradients } = await run(
    Object.fromEntries(Object.entries(given).map(([key, { values }]) => [key, values])),
  )
  expect(Math.abs(loss - wanted.loss)).toBeLessThan(1e-12 * Math.abs(wanted.loss))
  expect([...gradients.keys()].sort()).toEqual(Object.keys(wanted.gradients).sort())
  for (const [parameter, { values }] of Object.entries(wanted.gradients))
    expect(relativeError(gradients.get(parameter) ?? [], values), parameter).toBeLessThan(1e-12)
})

describe('two steps of BYOL', () => {
  test.each([true, false])('(fused: %s) leave the parameters and averages of PyTorch', async (fused) => {
    const wanted = referenceOf('BYOL')
    const found = programs.find(([name]) => name === 'BYOL')?.[1]
    if (!found) throw new Error('no program')
    const bundle = compile(found, { fused })
    const { train } = bundle.manifest
    const host = ({ shape, values }: z.infer<typeof tensor>): HostTensor => ({
      type: 'float64',
      shape,
      data: Float64Array.from(values),
    })
    const values = initialValues(train, 0)
    for (const { name } of [...train.parameters, ...train.states]) {
      const start = wanted.parameters[name.replace(/\.target$/, '')]
      if (start) values.set(name, host(start))
    }
    const stepper = await Stepper.create(bundle, train, values, { threads: 1 })
    const losses: number[] = []
    for (const views of wanted.steps) {
      const learningRate: HostTensor = { type: 'float64', shape: [], data: Float64Array.of(rate) }
      const [result] = await stepper.run([{ views: host(views), learning_rate: learningRate }])
      losses.push(...Object.values(result?.losses ?? {}))
    }
    expect(relativeError(losses, wanted.losses)).toBeLessThan(1e-12)
    expect([...stepper.values().keys()].sort()).toEqual(Object.keys(wanted.final).sort())
    for (const [name, { values: final }] of Object.entries(wanted.final))
      expect(relativeError(Array.from(stepper.value(name).data, Number), final), name).toBeLessThan(1e-12)
    await stepper.release()
  })
})

import { mapSize } from '../../src/base/shapes.ts'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  concat,
  conv,
  flatten,
  layer,
  lengthNorm,
  linear,
  local,
  maxPool,
  program,
  relu,
  rule,
  sgd,
  Tensor,
  type Layer,
  type Rule,
} from '../../src/index.ts'
import { forwardForward, phyll, scff } from '../../rules/index.ts'
import { conv2d } from '../../src/ops/conv.ts'
import { compileNodes } from '../support/evaluate.ts'
import { tinyProgram } from '../support/programs.ts'
import { relativeError } from '../support/samples.ts'
import { traceProgram } from '../support/trace-program.ts'
import type { Node } from '../../src/ir/node.ts'

/** Forward-Forward, SCFF and PhyLL against PyTorch in float64: `test/reference/forward-forward.py`. */

const numbers = z.array(z.number())
const named = z.record(z.string(), numbers)
const references = z
  .record(
    z.string(),
    z.object({
      network: z.enum(['dense', 'maps']),
      views: numbers,
      negatives: numbers,
      given: named,
      losses: z.record(z.string(), z.number()),
      gradients: named,
      kept: named,
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('../reference/forward-forward.json', import.meta.url), 'utf8')))

const networks: Readonly<
  Record<string, { input: { channels: number; size: [number, number] }; encoder: Layer[] }>
> = {
  dense: {
    input: { channels: 1, size: [2, 3] },
    encoder: [
      layer('dense1', flatten(), linear(4), relu()),
      layer('dense2', lengthNorm(), linear(5), relu()),
    ],
  },
  maps: {
    input: { channels: 2, size: [4, 4] },
    encoder: [layer('conv1', conv(3), relu(), maxPool(2)), layer('conv2', lengthNorm(), conv(4), relu())],
  },
}

const signed = ['positive', 'negative']
const cases: Readonly<Record<string, readonly [Rule, readonly string[]]>> = {
  'forward-forward': [forwardForward({ threshold: 0.5 }), signed],
  'forward-forward on maps': [forwardForward({ threshold: 0.1 }), signed],
  'forward-forward, sum, peers': [
    forwardForward({ goodness: 'sum', threshold: 0.2, peerNormalisation: 0.3 }),
    signed,
  ],
  'forward-forward on maps, peers': [forwardForward({ threshold: 0.1, peerNormalisation: 3 }), signed],
  scff: [scff({ positive: [1, 3] }), ['image']],
  'scff on maps': [scff({ negative: [2, 0.5], penalty: 0.01 }), ['image']],
  phyll: [phyll(), signed],
  'phyll on maps': [phyll(), signed],
  'phyll on maps, identity': [phyll({ theta: 1, score: 'identity' }), signed],
  'phyll on maps, trainable': [phyll({ theta: 2, score: 'trainable' }), signed],
}

test('every reference case has a rule', () => {
  expect(Object.keys(cases)).toEqual(Object.keys(references))
})

describe.each(Object.entries(cases))('%s', (name, [rule, views]) => {
  test("has PyTorch's losses, gradients and running means", async () => {
    const wanted = references[name]
    const network = networks[wanted?.network ?? '']
    if (!wanted || !network) throw new Error('no reference')
    const { traced, feeds } = traceProgram(
      program({
        ...network,
        views,
        batch: 3,
        learn: local(rule),
        optimizer: sgd({ lr: 1 }),
        dtype: 'float64',
      }),
    )
    const { registry, blockUpdates } = traced
    const kept = [...registry.parameters, ...registry.states]
    expect(kept.map((each) => each.name).sort()).toEqual(Object.keys(wanted.given).sort())
    const [rows] = [...feeds.keys()]
    if (!rows) throw new Error('no rows')
    feeds.set(rows, wanted.views)
    for (const { name, node } of kept) feeds.set(node, wanted.given[name] ?? [])
    for (const { draw, node } of registry.draws) {
      expect(draw.name).toBe('negatives')
      feeds.set(node, wanted.negatives)
    }

    const outputs = new Map<string, Node>()
    for (const { layers, loss, taught, updates } of blockUpdates) {
      if (loss) outputs.set(`${layers[0]?.name ?? ''}.loss`, loss)
      for (const { parameter, gradient } of taught) outputs.set(parameter.name, gradient)
      for (const { name, node } of updates) if (name in wanted.kept) outputs.set(`${name}'`, node)
    }
    const expected = new Map<string, readonly number[]>([
      ...Object.entries(wanted.losses).map(([name, loss]) => [`${name}.loss`, [loss]] as const),
      ...Object.entries(wanted.gradients),
      ...Object.entries(wanted.kept).map(([name, values]) => [`${name}'`, values] as const),
    ])
    expect([...outputs.keys()].sort()).toEqual([...expected.keys()].sort())
    const run = await compileNodes([...outputs.values()], [...feeds.keys()])
    const values = await run(feeds)
    for (const [i, output] of [...outputs.keys()].entries())
      expect(relativeError(values[i] ?? [], expected.get(output) ?? []), output).toBeLessThan(1e-12)
  })
})

describe('a pair of SCFF', () => {
  const learnt = async (encoder: Layer[], compare: Parameters<typeof rule>[1]): Promise<number> => {
    const { traced, feeds } = traceProgram(
      tinyProgram({ learn: local(rule('compare', compare)), views: ['image'], encoder }),
    )
    const loss = traced.blockUpdates[0]?.loss
    if (!loss) throw new Error('no loss')
    const [[difference] = []] = await (await compileNodes([loss], [...feeds.keys()]))(feeds)
    return difference ?? NaN
  }
  const window = { stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: 1 } as const

  test('is its two images side by side, through the kernel twice', async () => {
    const difference = await learnt([layer('conv1', conv(3), relu())], (scene) => {
      const { pre, preactivation, weight, bias, negatives } = scene
      const other = pre.rows.rows(negatives().reshape(-1))
      const [pair, doubled] = [concat([pre.rows, other], 1), concat([weight, weight], 1)]
      const kernel = mapSize(doubled.shape)
      const side = new Tensor(conv2d(pair.node, doubled.node, undefined, { ...window, kernel }))
      const a = preactivation.rows
      const sum = a.add(a.rows(negatives().reshape(-1)))
      const offset = bias ? bias.mul(2).reshape(1, -1, 1, 1) : 0
      return side.add(offset).sub(sum).abs().amax()
    })
    expect(difference).toBeGreaterThan(0)
    expect(difference).toBeLessThan(1e-13)
  })

  test('is the sum of two images, where the layer has no bias', async () => {
    const difference = await learnt([layer('conv1', conv(3, { bias: false }), relu())], (scene) => {
      const { input, preactivation, negatives, apply } = scene
      const other = negatives().reshape(-1)
      const a = preactivation.rows
      const sum = apply(input.rows.add(input.rows.rows(other)))
      return sum
        .sub(a.add(a.rows(other)).relu())
        .abs()
        .amax()
    })
    expect(difference).toBeLessThan(1e-13)
  })
})

test('a rule that asks for a view which the program lacks is told so', () => {
  expect(() => traceProgram(tinyProgram({ learn: local(forwardForward()) }))).toThrow(
    /there is no view 'positive'[^]*the views of the program are a, b/,
  )
})

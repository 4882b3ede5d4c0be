import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  averagePool,
  compile,
  conv,
  flatten,
  global,
  layer,
  linear,
  local,
  maxPool,
  program,
  relu,
  rule,
  sgd,
  type Layer,
  type Rule,
} from '../../src/index.ts'
import { compileNodes } from '../support/evaluate.ts'
import { relativeError } from '../support/samples.ts'
import { traceProgram } from '../support/trace-program.ts'
import { withAlgorithm } from '../support/with-algorithm.ts'

/** Networks of several layers have PyTorch's losses and gradients, however their convolutions are computed. */

const numbers = z.array(z.number())
const network = z.object({
  views: numbers,
  parameters: z.record(z.string(), numbers),
  loss: z.number(),
  gradients: z.record(z.string(), numbers),
})
const reference = z
  .record(z.string(), network)
  .parse(JSON.parse(readFileSync(new URL('../reference/networks.json', import.meta.url), 'utf8')))

const encoders: Readonly<Record<string, { size: [number, number]; encoder: readonly Layer[] }>> = {
  skips: {
    size: [8, 8],
    encoder: [
      layer('a', conv(3), relu()),
      layer('b', conv(2), relu()),
      layer('c', { from: ['a', 'b'] }, conv(4), relu(), maxPool(2)),
      layer('d', { from: ['input', 'b'] }, conv(4, { stride: 2 }), relu()),
      layer('e', { from: ['d', 'c'], join: 'add' }, conv(3), relu()),
    ],
  },
  signals: {
    size: [1, 64],
    encoder: [
      layer('a', conv(3, { kernel: [1, 9], stride: [1, 2] }), relu()),
      layer('b', conv(4, { kernel: [1, 3], dilation: [1, 2] }), relu(), maxPool([1, 2])),
      layer('c', conv(4, { kernel: [1, 3] }), relu(), averagePool([1, 4])),
      layer('d', flatten(), linear(3)),
    ],
  },
}

const energy = (): Rule => rule('energy', ({ out }) => out.rows.square().mean())
const of = (name: string, dtype: 'float32' | 'float64') => {
  const { size, encoder } = encoders[name] ?? { size: [1, 1], encoder: [] }
  return program({
    ...{ encoder, dtype, batch: 4, views: ['a'], input: { channels: 2, size } },
    learn: global(energy()),
    optimizer: sgd({ lr: 0.1 }),
  })
}

test('every reference network has a program', () => {
  expect(Object.keys(encoders)).toEqual(Object.keys(reference))
})

describe.each(Object.entries(reference))('%s', (name, wanted) => {
  test.each([
    ['float64', 'conv', 1e-12],
    ['float32', 'conv', 1e-5],
    ['float32', 'columns', 1e-5],
    ['float32', 'winograd2', 1e-5],
    ['float32', 'winograd4', 1e-5],
  ] as const)('in %s, convolutions as %s', async (dtype, algorithm, bound) => {
    const { traced, feeds } = traceProgram(of(name, dtype))
    const [blockUpdate] = traced.blockUpdates
    if (!blockUpdate?.loss) throw new Error('no loss')
    const given = new Map(
      [...feeds].map(([node, values]) => {
        const called = String(node.attributes.name)
        return [node, called === 'views' ? wanted.views : (wanted.parameters[called] ?? values)] as const
      }),
    )
    const gradients = blockUpdate.taught.map(({ gradient }) => gradient)
    const leaves = [...given.keys()]
    const outputs = withAlgorithm([blockUpdate.loss, ...gradients], leaves, algorithm)
    const lower = await compileNodes(outputs, leaves)
    const [loss = [], ...slopes] = await lower(given)
    expect(relativeError(loss, [wanted.loss])).toBeLessThan(bound)
    blockUpdate.taught.forEach(({ parameter }, i) => {
      expect(relativeError(slopes[i] ?? [], wanted.gradients[parameter.name] ?? [])).toBeLessThan(bound)
    })
  })
})

describe('a program of signals', () => {
  test('of 1024 numbers compiles: training, views, features with their own readout, probes', () => {
    const { manifest } = compile(
      program({
        input: { channels: 1, size: [1, 1024] },
        batch: 2,
        encoder: [
          layer('a', conv(4, { kernel: [1, 9], stride: [1, 2] }), relu(), maxPool([1, 4])),
          layer('b', conv(4), relu(), averagePool([1, 2])),
        ],
        readout: [
          [1, 32],
          [1, 16],
        ],
        learn: local(energy()),
        optimizer: sgd({ lr: 0.1 }),
      }),
    )
    expect(manifest.program.layers.map(({ summary, shape }) => [summary, shape])).toEqual([
      ['conv(4, 1×9, stride 1×2) relu max-pool(1×4)', [4, 1, 128]],
      ['conv(4, 3×3) relu average-pool(1×2)', [4, 1, 64]],
    ])
    const [encode] = manifest.encode.graphs
    expect(encode?.outputs.map(({ name, shape }) => [name, shape[1]])).toEqual([
      ['a.average', 4],
      ['a.spatial', 16],
      ['b.average', 4],
      ['b.spatial', 16],
    ])
  })

  test('has no Winograd for a kernel of one row', () => {
    const wrong = () => compile(of('signals', 'float32'), { lowering: { a: 'winograd4' } })
    expect(wrong).toThrow(/'a' cannot be computed as winograd4: its kernel is 1×9, stride 1×2/)
  })
})

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  averagePool,
  conv,
  flatten,
  globalAverage,
  lengthNorm,
  linear,
  maxPool,
  Tensor,
  type Module,
} from '../../src/index.ts'
import { gradients } from '../../src/grad/reverse.ts'
import { evaluate, leaf } from '../support/evaluate.ts'
import { relativeError } from '../support/samples.ts'

/** Layers and their gradients are PyTorch's: `test/reference/layers.py` writes the numbers. */

const tensor = z.object({ shape: z.array(z.number()), values: z.array(z.number()) })
const references = z
  .record(
    z.string(),
    z.object({
      input: tensor,
      parameters: z.record(z.string(), tensor),
      upstream: tensor,
      output: tensor,
      gradients: z.record(z.string(), tensor),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('../reference/layers.json', import.meta.url), 'utf8')))

const modules: Readonly<Record<string, Module>> = {
  conv: conv(3),
  'conv without bias, kernel 2': conv(3, { kernel: 2, bias: false }),
  'conv, stride 2': conv(3, { stride: 2 }),
  'conv, stride 3, rows left over': conv(2, { stride: 3, padding: 0 }),
  'conv, dilation 2': conv(3, { dilation: 2 }),
  'conv, 2 groups': conv(6, { groups: 2 }),
  'conv, stride 2, dilation 2, 2 groups': conv(4, { stride: 2, dilation: 2, padding: 1, groups: 2 }),
  linear: linear(2),
  'linear without bias': linear(2, { bias: false }),
  'max-pool 2': maxPool(2),
  'max-pool 2, a row left over': maxPool(2),
  'max-pool 3, stride 1': maxPool(3, { stride: 1 }),
  'max-pool 3, stride 2, padding 1': maxPool(3, { stride: 2, padding: 1 }),
  'max-pool 2, with ties': maxPool(2),
  'max-pool 2, a row left over, with ties': maxPool(2),
  'max-pool 3, stride 1, with ties': maxPool(3, { stride: 1 }),
  'max-pool 3, stride 2, padding 1, with ties': maxPool(3, { stride: 2, padding: 1 }),
  'average-pool 2': averagePool(2),
  'average-pool 3, stride 1': averagePool(3, { stride: 1 }),
  'average-pool 3, stride 2': averagePool(3, { stride: 2 }),
  'average-pool 3, stride 2, padding 1': averagePool(3, { stride: 2, padding: 1 }),
  'average-pool 2, padding 1': averagePool(2, { padding: 1 }),
  'length norm of maps': lengthNorm(),
  'length norm of rows': lengthNorm(),
  flatten: flatten(),
  'global average': globalAverage(),
}

test('every reference case has a layer', () => {
  expect(Object.keys(modules)).toEqual(Object.keys(references))
})

/** In float32 other kernels run: convolutions of their own instead of matrix products. */
const precisions = [
  ['float64', 1e-12],
  ['float32', 1e-5],
] as const

describe.each(Object.entries(modules))('%s', (name, module) => {
  test.each(precisions)("has PyTorch's shapes, values and gradients in %s", async (dtype, bound) => {
    const wanted = references[name]
    if (!wanted) throw new Error('no reference')
    const x = leaf(dtype, wanted.input.shape)
    const feeds = new Map([[x, wanted.input.values]])
    const leaves = new Map([['input', x]])
    const out = module.apply(new Tensor(x), {
      training: true,
      connect: () => undefined,
      running: (_name, shape) => new Tensor(leaf(dtype, shape)),
      uniform: (_name, ...shape) => new Tensor(leaf('float32', shape)),
      parameter: (parameter, shape) => {
        const node = leaf(dtype, shape)
        leaves.set(parameter, node)
        feeds.set(node, wanted.parameters[parameter]?.values ?? [])
        return new Tensor(node)
      },
    })
    expect(out.shape).toEqual(wanted.output.shape)
    expect([...leaves.keys()]).toEqual(Object.keys(wanted.gradients))

    const upstream = leaf(dtype, out.shape)
    feeds.set(upstream, wanted.upstream.values)
    const slopes = gradients(out.mul(new Tensor(upstream)).sum().node, [...leaves.values()])
    const [values = [], ...results] = await evaluate([out.node, ...slopes], feeds)
    expect(relativeError(values, wanted.output.values)).toBeLessThan(bound)
    for (const [i, [key, node]] of [...leaves].entries()) {
      const gradient = wanted.gradients[key]
      expect(node.shape, key).toEqual(gradient?.shape)
      expect(relativeError(results[i] ?? [], gradient?.values ?? []), key).toBeLessThan(bound)
    }
  })
})

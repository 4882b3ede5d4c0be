import { describe, expect, test } from 'vitest'
import {
  averagePool,
  batchNorm,
  conv,
  dropout,
  flatten,
  globalAverage,
  layerNorm,
  lengthNorm,
  linear,
  maxPool,
  patches,
  relu,
  residual,
  Tensor,
  triangle,
  type Module,
} from '../../src/index.ts'
import { gradients } from '../../src/grad/reverse.ts'
import { evaluate, leaf } from '../support/evaluate.ts'
import { applyModule, layerReferences } from '../support/layer-reference.ts'
import { relativeError } from '../support/samples.ts'

/** Layers and their gradients are PyTorch's. */

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
  'batch norm of maps': batchNorm(),
  'batch norm of rows': batchNorm(),
  'batch norm, not affine, eps 0.1': batchNorm({ affine: false, eps: 0.1 }),
  'layer norm of maps': layerNorm(),
  'layer norm of rows, eps 0.1': layerNorm({ eps: 0.1 }),
  'triangle of maps': triangle(),
  'triangle of rows, power 2': triangle({ power: 2 }),
  'triangle of maps, power 0.7': triangle({ power: 0.7 }),
  'dropout 0.4': dropout(0.4),
  residual: residual([conv(3, { bias: false }), batchNorm(), relu()]),
  'residual, strided, with a shortcut': residual(
    [conv(4, { stride: 2, bias: false })],
    [conv(4, { kernel: 1, stride: 2, bias: false }), batchNorm()],
  ),
  'patches 3, stride 2, rows left over': patches(3, 2),
  'patches 2': patches(2),
  'conv 1×5, stride 1×2, of signals': conv(3, { kernel: [1, 5], stride: [1, 2] }),
  'conv 3×2, dilation 1×2, padding 2×0, 2 groups': conv(4, {
    kernel: [3, 2],
    padding: [2, 0],
    dilation: [1, 2],
    groups: 2,
  }),
  'max-pool 1×2': maxPool([1, 2]),
  'max-pool 2×3, stride 1×2, padding 1×1': maxPool([2, 3], { stride: [1, 2], padding: [1, 1] }),
  'average-pool 1×4': averagePool([1, 4]),
  'average-pool 1×3, stride 1×2, padding 0×1': averagePool([1, 3], { stride: [1, 2], padding: [0, 1] }),
  'patches 1×3, stride 1×2': patches([1, 3], [1, 2]),
}

test('every reference case has a layer', () => {
  expect(Object.keys(modules)).toEqual(Object.keys(layerReferences))
})

/** In float32 other kernels run: convolutions of their own instead of matrix products. */
const precisions = [
  ['float64', 1e-12],
  ['float32', 1e-5],
] as const

describe.each(Object.entries(modules))('%s', (name, module) => {
  test.each(precisions)("has PyTorch's shapes, values and gradients in %s", async (dtype, bound) => {
    const wanted = layerReferences[name]
    if (!wanted) throw new Error('no reference')
    const { out, leaves, states, feeds } = applyModule(module, wanted, dtype)
    for (const { node, start } of states.values())
      feeds.set(node, new Float64Array(node.shape[0] ?? 0).fill(start))
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

import { describe, expect, test } from 'vitest'
import {
  classify,
  compile,
  conv,
  global,
  globalAverage,
  layer,
  linear,
  local,
  patches,
  program,
  relu,
  rule,
  sgd,
} from '../../src/index.ts'
import { encode } from '../../runtime/probe/features.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { evaluate } from '../support/evaluate.ts'
import { gradientError } from '../support/gradient-check.ts'
import { runProgram } from '../support/run-program.ts'
import { traceProgram } from '../support/trace-program.ts'
import { inMemory } from '../../runtime/data/stored/in-memory.ts'
import type { Dataset } from '../../runtime/data/dataset.ts'
import type { Credit, Module } from '../../src/index.ts'

/** An encoder that cuts images into patches: 3 × 3 of 4 pixels, 2 apart, of an image of 8. */

const [side, size, stride, channels, batch] = [8, 4, 2, 2, 3]
const across = (side - size) / stride + 1
const count = across ** 2

/** Views agree on every patch, and patches that follow each other differ. */
const slowness = rule<'a' | 'b'>('slowness', ({ out, images }) => {
  const each = out.a.mean(2, 3)
  const inTime = each.reshape(images, count, each.size(1))
  const steps = inTime.slice(1, 1, count).sub(inTime.slice(1, 0, count - 1))
  return out.a.sub(out.b).square().mean().sub(steps.square().mean())
})

const encoder = (...first: Module[]) => [
  layer('conv1', ...first, conv(3), relu()),
  layer('conv2', conv(2), relu()),
]
const patched = (learn: Credit<'a' | 'b'> = local(slowness), dtype: 'float32' | 'float64' = 'float64') =>
  program({
    input: { channels, size: side },
    batch,
    encoder: encoder(patches(size, stride)),
    learn,
    optimizer: sgd({ lr: 0.1 }),
    readout: [2, 2],
    dtype,
  })
const ofPatches = program({
  input: { channels, size },
  batch,
  encoder: encoder(),
  learn: local(rule('mean', ({ out }) => out.rows.mean())),
  optimizer: sgd({ lr: 0.1 }),
  readout: [2, 2],
  dtype: 'float64',
})

const dataset = (images: Uint8Array, edge: number): Dataset => {
  const labels = new Uint8Array(images.length / (channels * edge ** 2))
  return inMemory({ name: 'random', rows: images, shape: [channels, edge, edge], labels, classes: 2 })
}
const pixels = Uint8Array.from({ length: 2 * channels * side ** 2 }, (_, i) => (i * 97 + (i % 13) * 31) % 256)

/** The patches of all images, cut by hand, in reading order. */
function cut(): Uint8Array {
  const bytes: number[] = []
  for (let image = 0; image < 2; image++)
    for (let patch = 0; patch < count; patch++) {
      const [top, left] = [Math.floor(patch / across) * stride, (patch % across) * stride]
      for (let channel = 0; channel < channels; channel++)
        for (let y = 0; y < size; y++)
          for (let x = 0; x < size; x++)
            bytes.push(pixels[((image * channels + channel) * side + top + y) * side + left + x] ?? 0)
    }
  return Uint8Array.from(bytes)
}

test('its features of an image are the means over those of its patches', async () => {
  const [whole, single] = [compile(patched()), compile(ofPatches)]
  const values = initialValues(whole.manifest.train, 1)
  const found = await encode(whole, values, dataset(pixels, side))
  const each = await encode(single, values, dataset(cut(), size))
  expect([...found.keys()]).toEqual(['conv1.average', 'conv1.spatial', 'conv2.average', 'conv2.spatial'])
  for (const [name, { dimension, values: means }] of found) {
    expect(means.length).toBe(2 * dimension)
    means.forEach((mean, i) => {
      const [image, unit] = [Math.floor(i / dimension), i % dimension]
      const parts = Array.from(
        { length: count },
        (_, patch) => each.get(name)?.values[(image * count + patch) * dimension + unit] ?? NaN,
      )
      expect(mean).toBeCloseTo(parts.reduce((sum, part) => sum + part, 0) / count, 6)
    })
  }
})

describe('its training', () => {
  test('gives rules the patches of an image together, and the loss its gradient', async () => {
    const { traced, feeds } = traceProgram(patched())
    expect(traced.layers.map(({ out }) => out.shape[0])).toEqual([2 * batch * count, 2 * batch * count])
    for (const { loss, taught } of traced.blockUpdates) {
      if (!loss) throw new Error('no loss')
      const parameters = taught.map(({ parameter }) => parameter.node)
      expect(await gradientError(loss, parameters, feeds)).toBeLessThan(1e-6)
    }
  })

  test('is the same fused and per layer', async () => {
    expect(await runProgram(patched(), { fused: true })).toEqual(await runProgram(patched()))
  })

  test('stays local', () => {
    const { locality } = compile(patched()).manifest
    const reads = locality.find(({ parameter }) => parameter === 'conv1.weight')?.reads
    expect(reads).toContainEqual({ kind: 'post' })
    expect(reads?.filter(({ layer }) => layer !== undefined)).toEqual([])
  })

  test('with labels gives every patch the label of its image', async () => {
    const supervised = program({
      input: { channels, size: side, classes: 3 },
      batch,
      encoder: [layer('classes', patches(size, stride), conv(2), relu(), globalAverage(), linear(3))],
      learn: global(classify()),
      optimizer: sgd({ lr: 0.1 }),
      dtype: 'float64',
    })
    const { traced, feeds } = traceProgram(supervised)
    const [blockUpdate] = traced.blockUpdates
    const [classes] = traced.layers
    if (!blockUpdate?.loss || !classes) throw new Error('no blockUpdate')
    const [logits = new Float64Array(), [loss] = []] = await evaluate([classes.out, blockUpdate.loss], feeds)
    const rows = Array.from({ length: logits.length / 3 }, (_, row) => {
      // Labels of the trace are 0, 1, 2 by image; rows are views, then images, then patches.
      const label = Math.floor(row / count) % batch
      const scores = [0, 1, 2].map((i) => logits[3 * row + i] ?? NaN)
      return Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0)) - (scores[label] ?? NaN)
    })
    expect(loss).toBeCloseTo(rows.reduce((sum, row) => sum + row, 0) / rows.length, 12)
  })
})

describe('mistakes are told', () => {
  test('patches larger than the image', () => {
    const large = { ...patched(), encoder: encoder(patches(9, 1)) }
    expect(() => compile(large)).toThrow(/patches of 9×9 do not fit[^]*patches\.test\.ts:\d+/)
  })

  test('a size that is no count', () => {
    expect(() => patches(4, 0)).toThrow(/patches: stride is 0[^]*a whole number, 1 or more/)
  })
})

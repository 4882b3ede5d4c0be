import { gatherRows } from '../../runtime/batches/rows.ts'
import { describe, expect, test } from 'vitest'
import {
  averagePool,
  batchNorm,
  classify,
  compile,
  conv,
  flatten,
  global,
  globalAverage,
  layer,
  layerNorm,
  lengthNorm,
  linear,
  local,
  maxPool,
  module,
  paintLabel,
  patches,
  program,
  relu,
  residual,
  rule,
  sgd,
  triangle,
  type Module,
  type Program,
} from '../../src/index.ts'
import { encode } from '../../runtime/probe/features.ts'
import { found } from '../../src/base/lists.ts'
import { onnxruntime } from '../../runtime/session/onnxruntime.ts'
import { wrap } from '../../runtime/session/ort-tensor.ts'
import { initialValues, untaught } from '../../runtime/values/start.ts'
import { stream } from '../../runtime/values/random.ts'
import { randomImages } from '../support/random-images.ts'
import type { CompiledBundle } from '../../src/bundle/bundle-in-memory.ts'
import type { HostTensor } from '../../runtime/values/tensor.ts'

const { InferenceSession } = onnxruntime()

/** The encoder as a graph that takes any number of images. */

const quiet = rule('quiet', ({ out }) => out.rows.square().mean())
const base = { batch: 4, views: ['a'], optimizer: sgd({ lr: 0.1 }) } as const
const input = { channels: 2, size: 8, classes: 3, pad: 1, mean: [0.4, 0.5], std: [0.2, 0.3] }

const programs: Readonly<Record<string, Program>> = {
  'convolutions, with a readout': program({
    ...{ ...base, input, learn: local(quiet), readout: [5, 5] },
    encoder: [
      layer('conv1', conv(3), relu(), maxPool(2)),
      layer('conv2', conv(4, { groups: 1 }), triangle()),
    ],
  }),
  'norms and residuals': program({
    ...{ ...base, input, learn: global(quiet) },
    encoder: [
      layer('stem', conv(4, { bias: false }), batchNorm(), relu()),
      layer(
        'block',
        residual(
          [conv(6, { stride: 2, bias: false }), batchNorm(), relu(), conv(6), layerNorm()],
          [conv(6, { kernel: 1, stride: 2 })],
        ),
        relu(),
      ),
      layer('dense', flatten(), lengthNorm(), linear(5)),
    ],
  }),
  'pools that overlap': program({
    ...{ ...base, input, learn: local(quiet) },
    encoder: [layer('conv1', conv(3), averagePool(3, { stride: 2, padding: 1 }), maxPool(3, { stride: 2 }))],
  }),
  patches: program({
    ...{ ...base, input, learn: local(quiet) },
    encoder: [layer('conv1', patches(4, 3), conv(3), relu()), layer('conv2', conv(2), globalAverage())],
  }),
  'a painted label': program({
    ...{ ...base, input, views: ['a', 'negative'], learn: local(quiet), augment: [paintLabel()] },
    encoder: [
      layer('dense1', flatten(), linear(6), relu()),
      layer('dense2', lengthNorm(), linear(6), relu()),
    ],
  }),
  float64: program({
    ...{ ...base, input, learn: local(quiet), dtype: 'float64' },
    encoder: [layer('conv1', conv(3), relu(), maxPool(2)), layer('dense', flatten(), linear(4))],
  }),
  'classes, told in two views': program({
    ...{ ...base, input, views: ['a', 'b'], learn: global(classify()) },
    encoder: [layer('conv1', conv(3), relu(), maxPool(2)), layer('head', globalAverage(), linear(3))],
  }),
  'a batch of one image': program({
    ...{ ...base, input, batch: 1, learn: local(quiet) },
    encoder: [layer('conv1', conv(3), relu())],
  }),
}

/** Where it starts, and statistics that are not 0 and 1. */
function valuesOf({ manifest }: CompiledBundle): Map<string, HostTensor> {
  const values = new Map([...untaught(manifest, 1), ...initialValues(manifest.train, 1)])
  for (const { name } of manifest.encode.states) {
    const random = stream(1, name)
    const { data } = found(values, name, name)
    for (let i = 0; i < data.length; i++) data[i] = 0.5 + random.uniformDouble()
  }
  return values
}

async function run(bundle: CompiledBundle, values: ReadonlyMap<string, HostTensor>, images: HostTensor) {
  const exported = bundle.manifest.export
  if (!exported || 'impossible' in exported) throw new Error(exported?.impossible)
  const [graph] = exported.section.graphs
  if (!graph) throw new Error('no graph')
  const session = await InferenceSession.create(bundle.graph(graph))
  const given = graph.inputs
    .filter(({ role }) => role !== 'images')
    .map(({ name }) => [name, wrap(found(values, name, name))] as const)
  const results = await session.run({ ...Object.fromEntries(given), images: wrap(images) })
  await session.release()
  return { exported, results }
}

const tensorOf = (dataset: ReturnType<typeof randomImages>): Promise<HostTensor> =>
  gatherRows(
    dataset,
    Uint32Array.from({ length: dataset.count }, (_, row) => row),
  )

describe.each(Object.entries(programs))('a graph for any number of images, of %s,', (_, tiny) => {
  const bundle = compile(tiny)
  const values = valuesOf(bundle)

  test.each([1, 3, 128])('gives the features of the graph for one batch: %i images', async (count) => {
    const dataset = randomImages(count, 2, 8)
    const fixed = await encode(bundle, values, dataset)
    const { exported, results } = await run(bundle, values, await tensorOf(dataset))
    for (const { layer: name, kind, output } of exported.outputs) {
      const result = found(new Map(Object.entries(results)), output, output)
      expect(result.dims[0]).toBe(count)
      const known = fixed.get(`${name}.${kind === 'features' ? 'average' : kind}`)
      if (!known) continue
      expect(result.dims).toEqual([count, known.dimension])
      const largest = Math.max(...known.values.map(Math.abs))
      const numbers = result.data as Float32Array | Float64Array
      known.values.forEach((value, i) => {
        expect(Math.abs(Number(numbers[i]) - value)).toBeLessThanOrEqual(1e-6 * largest)
      })
    }
  })
})

test('all that can be had of a layer is told: pooled, by tiles, as maps and as scores', () => {
  const kinds = (name: string) => {
    const exported = programs[name] && compile(programs[name]).manifest.export
    return exported && 'outputs' in exported
      ? exported.outputs.map(({ layer, kind }) => `${layer}.${kind}`)
      : []
  }
  expect(kinds('convolutions, with a readout')).toEqual(
    ['conv1', 'conv2'].flatMap((name) => [`${name}.features`, `${name}.spatial`, `${name}.maps`]),
  )
  expect(kinds('classes, told in two views')).toEqual([
    ...['conv1.features', 'conv1.maps', 'head.features', 'head.logits'],
  ])
})

describe('there is no graph for any number of images', () => {
  const because = (own: Module) => {
    const tiny = program({
      ...{ ...base, input, learn: local(quiet) },
      encoder: [layer('conv1', conv(3), own)],
    })
    const exported = compile(tiny).manifest.export
    return exported && 'impossible' in exported ? exported.impossible : undefined
  }

  test('where an image is compared with the others of its batch', () => {
    expect(because(module('centred', (x) => x.sub(x.mean(0))))).toMatch(
      /what 'conv1' makes of an image depends on the others in its batch/,
    )
  })

  test('where their number is a factor', () => {
    expect(because(module('by count', (x) => x.div(x.size(0))))).toMatch(/depends on the number of images/)
  })

  test('where a program does something else for another number', () => {
    expect(because(module('odd', (x) => (x.size(0) > 4 ? x.relu() : x)))).toMatch(/another number of images/)
  })
})

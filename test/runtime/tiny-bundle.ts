import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { idx, IDX_NAMES, writeFiles } from './data-files.ts'
import { int, list, node, number, tinyGraph } from './tiny-graph.ts'
import type { TinyGraph } from './tiny-graph.ts'
import { BUNDLE_VERSION, type Manifest } from '../../src/bundle/manifest.ts'
import type { GraphInput, GraphOutput } from '../../src/bundle/schema/graph.ts'
import type { Section } from '../../src/bundle/schema/section.ts'
import { bundleInMemory } from '../../src/bundle/bundle-in-memory.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import { inMemory } from '../../runtime/data/stored/in-memory.ts'
import type { Dataset } from '../../runtime/data/dataset.ts'

/**
 * A whole program of hand-made graphs: images [4, 1, 2, 2] with noise become views [4, 4]; layer `first` (one
 * output, momentum) and then layer `second` learn by gradient descent to answer 1.
 */
const BATCH = 4
const PIXELS = 4
const CLASSES = 2

export const tensor = <Role extends string>(
  name: string,
  role: Role,
  shape: number[],
  type: GraphInput['type'] = 'float32',
) => ({ name, role, type, shape })
export const rate = tensor('learning_rate', 'rate', [], 'float64')
export const updating = (name: string, role: 'parameter' | 'state', shape: number[]): GraphOutput => ({
  ...tensor(`${name}'`, role, shape),
  updates: name,
})

const augment = tinyGraph(
  'augment',
  [tensor('images', 'images', [BATCH, 1, 2, 2], 'uint8'), tensor('augment.noise', 'draw', [BATCH, 1, 1, 1])],
  [tensor('views', 'views', [BATCH, 1, 2, 2])],
  [
    node('Cast', ['images'], 'floats', [int('to', 1)]),
    number('scale', 255),
    node('Div', ['floats', 'scale'], 'pixels'),
    node('Add', ['pixels', 'augment.noise'], 'views'),
  ],
)

/** Error, loss and gradient of x·w against 1, and the step down it. */
const descend = (x: string, layer: string, rows: number) => [
  node('MatMul', [x, `${layer}.weight`], `${layer}.out`),
  number('one', 1),
  node('Sub', [`${layer}.out`, 'one'], 'error'),
  node('Mul', ['error', 'error'], 'square'),
  list('all', [0, 1]),
  node('ReduceMean', ['square', 'all'], `${layer}.loss`, [int('keepdims', 0)]),
  number('factor', 2 / rows),
  node('Mul', ['error', 'factor'], 'slope'),
  node('Gemm', [x, 'slope'], 'gradient', [int('transA', 1)]),
  node('Cast', ['learning_rate'], 'rate', [int('to', 1)]),
]

const first = tinyGraph(
  'first',
  [
    tensor('views', 'views', [BATCH, 1, 2, 2]),
    tensor('first.weight', 'parameter', [PIXELS, 1]),
    tensor('first.weight.momentum', 'state', [PIXELS, 1]),
    rate,
  ],
  [
    tensor('first.out', 'activity', [BATCH, 1]),
    { ...tensor('first.loss', 'loss', []), layer: 'first' },
    updating('first.weight', 'parameter', [PIXELS, 1]),
    updating('first.weight.momentum', 'state', [PIXELS, 1]),
  ],
  [
    list('rows', [BATCH, PIXELS]),
    node('Reshape', ['views', 'rows'], 'x'),
    ...descend('x', 'first', BATCH),
    number('keep', 0.5),
    node('Mul', ['first.weight.momentum', 'keep'], 'kept'),
    node('Add', ['kept', 'gradient'], "first.weight.momentum'"),
    node('Mul', ["first.weight.momentum'", 'rate'], 'move'),
    node('Sub', ['first.weight', 'move'], "first.weight'"),
  ],
)

const second = tinyGraph(
  'second',
  [tensor('first.out', 'activity', [BATCH, 1]), tensor('second.weight', 'parameter', [1, 1]), rate],
  [{ ...tensor('second.loss', 'loss', []), layer: 'second' }, updating('second.weight', 'parameter', [1, 1])],
  [
    ...descend('first.out', 'second', BATCH),
    node('Mul', ['gradient', 'rate'], 'move'),
    node('Sub', ['second.weight', 'move'], "second.weight'"),
  ],
)

const encode = tinyGraph(
  'encode',
  [tensor('images', 'images', [BATCH, 1, 2, 2], 'uint8'), tensor('first.weight', 'parameter', [PIXELS, 1])],
  [
    { ...tensor('first.average', 'features', [BATCH, 1]), layer: 'first' },
    { ...tensor('first.pixels', 'features', [BATCH, PIXELS]), layer: 'first' },
  ],
  [
    node('Cast', ['images'], 'floats', [int('to', 1)]),
    list('rows', [BATCH, PIXELS]),
    node('Reshape', ['floats', 'rows'], 'first.pixels'),
    node('MatMul', ['first.pixels', 'first.weight'], 'first.average'),
  ],
)

const logits = (dimension: number) => ({
  inputs: [
    tensor('features', 'features', [BATCH, dimension]),
    tensor('probe.weight', 'parameter', [dimension, CLASSES]),
  ],
  nodes: [node('MatMul', ['features', 'probe.weight'], 'logits')],
})

/** Softmax cross-entropy and plain gradient descent, without a bias. */
const probeTrain = (name: string, dimension: number): TinyGraph => {
  const { inputs, nodes } = logits(dimension)
  return tinyGraph(
    `probe.${name}.train`,
    [...inputs, tensor('labels', 'labels', [BATCH], 'int64'), rate],
    [
      { ...tensor('probe.loss', 'loss', []), layer: 'probe' },
      updating('probe.weight', 'parameter', [dimension, CLASSES]),
    ],
    [
      ...nodes,
      list('each', [1]),
      node('ReduceLogSumExp', ['logits', 'each'], 'total', [int('keepdims', 1)]),
      node('Sub', ['logits', 'total'], 'logs'),
      node('Exp', ['logs'], 'probabilities'),
      list('column', [BATCH, 1]),
      node('Reshape', ['labels', 'column'], 'wanted'),
      list('classes', [0, 1]),
      node('Equal', ['wanted', 'classes'], 'hits'),
      node('Cast', ['hits'], 'target', [int('to', 1)]),
      node('Mul', ['logs', 'target'], 'likelihoods'),
      list('all', [0, 1]),
      node('ReduceSum', ['likelihoods', 'all'], 'sum', [int('keepdims', 0)]),
      number('share', -1 / BATCH),
      node('Mul', ['sum', 'share'], 'probe.loss'),
      node('Sub', ['target', 'probabilities'], 'error'),
      node('Gemm', ['features', 'error'], 'ascent', [int('transA', 1)]),
      node('Cast', ['learning_rate'], 'rate', [int('to', 1)]),
      node('Mul', ['ascent', 'rate'], 'move'),
      node('Add', ['probe.weight', 'move'], "probe.weight'"),
    ],
  )
}
const probeClassify = (name: string, dimension: number): TinyGraph => {
  const { inputs, nodes } = logits(dimension)
  const outputs = [tensor('logits', 'logits' as const, [BATCH, CLASSES])]
  return tinyGraph(`probe.${name}.classify`, inputs, outputs, nodes)
}

/** A section that runs its graphs once each, in order; all else is empty unless given. */
export const tinySection = (graphs: readonly TinyGraph[], rest: Partial<Section> = {}): Section => ({
  batch: BATCH,
  stepsPerRun: 1,
  parameters: [],
  states: [],
  draws: [],
  graphs: graphs.map(({ graph }) => graph),
  schedule: graphs.map(({ graph }) => ({ graph: graph.name, drop: [] })),
  ...rest,
})

const firstWeight = {
  name: 'first.weight',
  layer: 'first',
  type: 'float32' as const,
  shape: [PIXELS, 1],
  init: { kind: 'uniform' as const, bound: 0.5 },
}
const secondWeight = { ...firstWeight, name: 'second.weight', layer: 'second', shape: [1, 1] }

const probes = [
  { name: 'pixels', features: [], dimension: PIXELS },
  { name: 'average', features: ['first.average', 'first.pixels'], dimension: 1 + PIXELS },
].map((probe) => ({
  probe,
  train: probeTrain(probe.name, probe.dimension),
  classify: probeClassify(probe.name, probe.dimension),
}))
const probeWeight = (dimension: number) => ({
  ...firstWeight,
  name: 'probe.weight',
  layer: 'probe',
  shape: [dimension, CLASSES],
})

const graphs = [augment, first, second, encode, ...probes.flatMap(({ train, classify }) => [train, classify])]

export const tinyManifest = (lr = 0.05): Manifest => ({
  format: 'hebb-bundle',
  version: BUNDLE_VERSION,
  compiler: 'by hand',
  identity: createHash('sha256').update(`tiny at ${lr}`).digest('hex'),
  program: {
    name: 'tiny',
    rule: 'delta',
    credit: 'local',
    dtype: 'float32',
    fused: false,
    input: { channels: 1, height: 2, width: 2, pad: 0, classes: CLASSES, mean: [0], std: [1] },
    views: ['a'],
    layers: [
      { name: 'first', summary: 'linear(1)', shape: [1] },
      { name: 'second', summary: 'linear(1)', shape: [1] },
    ],
    optimizer: { name: 'momentum', lr },
  },
  train: tinySection([first, second], {
    parameters: [firstWeight, secondWeight],
    states: [{ name: 'first.weight.momentum', layer: 'first', type: 'float32', shape: [PIXELS, 1] }],
    schedule: [
      { graph: 'first', drop: [] },
      { graph: 'second', drop: ['first.out'] },
    ],
    rate: { kind: 'cosine', lr, warmup: 0, final: 0 },
  }),
  augment: tinySection([augment], {
    draws: [{ kind: 'uniform', name: 'augment.noise', type: 'float32', shape: [BATCH, 1, 1, 1] }],
  }),
  encode: tinySection([encode], { parameters: [firstWeight] }),
  probes: probes.map(({ probe, train, classify }) => ({
    ...probe,
    train: tinySection([train], {
      parameters: [probeWeight(probe.dimension)],
      rate: { kind: 'constant', lr: 0.1 },
    }),
    classify: tinySection([classify], { parameters: [probeWeight(probe.dimension)] }),
  })),
  locality: [],
})

/** The bundle as if it had been compiled just now. */
export const tinyBundle = (manifest = tinyManifest(), more: readonly TinyGraph[] = []): Bundle =>
  bundleInMemory(manifest, new Map([...graphs, ...more].map(({ graph, bytes }) => [graph.file, bytes])))

/** Writes the bundle, or one with this manifest instead, as a folder. */
export const writeTinyBundle = (
  folder: string,
  manifest: unknown = tinyManifest(),
  more: readonly TinyGraph[] = [],
): string => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
  for (const { graph, bytes } of [...graphs, ...more]) writeFileSync(join(folder, graph.file), bytes)
  return folder
}

/** Two classes that differ in the brighter half of the image, so that a linear classifier is always right. */
export const tinyImages = (count = 10): Uint8Array =>
  Uint8Array.from({ length: count * PIXELS }, (_, i) => {
    const [image, pixel] = [Math.floor(i / PIXELS), i % PIXELS]
    return pixel < 2 === (image % 2 === 0) ? 200 + ((image * 7) % 50) : (image * 5) % 40
  })

export const tinyLabels = (count = 10): Uint8Array =>
  Uint8Array.from({ length: count }, (_, image) => image % 2)

/** Those images with their labels. */
export const tinyDataset = (count = 10): Dataset =>
  inMemory({
    name: 'halves',
    rows: tinyImages(count),
    shape: [1, 2, 2],
    labels: tinyLabels(count),
    classes: CLASSES,
  })

/** The same images as IDX files in a folder, for training and for testing. */
export const writeTinyDataset = (folder: string, count = 10): string => {
  const [pixels, classes] = [idx([count, 2, 2], tinyImages(count)), idx([count], tinyLabels(count))]
  return writeFiles(folder, {
    [IDX_NAMES.trainImages]: pixels,
    [IDX_NAMES.trainLabels]: classes,
    [IDX_NAMES.testImages]: pixels,
    [IDX_NAMES.testLabels]: classes,
  })
}

import sharp from 'sharp'
import type {
  AlignmentReport,
  Comparison,
  Confusion,
  Curve,
  CurvePoint,
  Report,
  Run,
  Thumb,
} from '../../report/index.ts'

/** Reports as runs make them, small. */

/** Numbers that look random and are the same each time. */
const noise = (index: number): number => {
  const value = Math.sin(index * 12.9898) * 43758.5453
  return value - Math.floor(value)
}

export const curve = (layer: string, end: number, steps = 400): Curve => ({
  layer,
  points: Array.from({ length: steps }, (_, step): CurvePoint => [
    step + 1,
    end + 2 * Math.exp(-step / 60) + 0.3 * (noise(step + end * 100) - 0.5),
  ]),
})

const garments = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
]

/** Most images are right, some are taken for the next class. */
export const confusionOf = (classes: readonly string[]): Confusion => ({
  probe: 'the linear probe of conv4',
  classes,
  counts: classes.map((_, row) =>
    classes.map((_, column) =>
      row === column
        ? 70 + (row % 7)
        : column === (row + 1) % classes.length
          ? 12
          : Math.floor(3 * noise(row * 31 + column)),
    ),
  ),
})

const thumb = async (seed: number, label?: string): Promise<Thumb> => {
  const pixels = Uint8Array.from({ length: 28 * 28 }, (_, index) => 255 * noise(seed + Math.floor(index / 5)))
  const png = await sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } })
    .png()
    .toBuffer()
  return { png, ...(label === undefined ? {} : { label }) }
}

const neighbours = async (): Promise<Run['neighbours']> => ({
  caption: 'Cosine similarity of the global averages of conv4; 6,000 training images.',
  queries: await Promise.all(
    garments.slice(0, 4).map(async (label, row) => ({
      query: await thumb(row, label),
      found: await Promise.all(
        Array.from({ length: 6 }, (_, index) => thumb(row + index, garments[row + (index > 3 ? 1 : 0)])),
      ),
    })),
  ),
})

export const embeddingOf = (classes: readonly string[], count = 600): NonNullable<Run['embedding']> => {
  const labels = Array.from({ length: count }, (_, index) => index % classes.length)
  return {
    method: 'UMAP of the global averages of conv4, 600 test images',
    classes,
    labels,
    points: labels.map((label, index) => [
      4 * Math.cos(label * 2.4) + 2 * noise(index),
      4 * Math.sin(label * 2.4) + 2 * noise(index + 7000),
    ]),
  }
}

const filter = (seed: number): Float32Array =>
  Float32Array.from({ length: 25 }, (_, index) => noise(seed * 25 + index) - 0.5)

const layers = ['conv1', 'conv2', 'conv3', 'conv4']

/** A run that has every part. */
export const fullRun = async (): Promise<Run> => ({
  name: 'CLAPP++',
  description: 'local credit, rule clapp++',
  command:
    'hebb run rules/recipes/fashion-mnist.ts#plusPlus --data data/fashion-mnist --epochs 8 --probe-every 1 --align',
  settings: [
    ['Seed', '0'],
    ['Provider', 'cpu, 2 threads'],
    ['Versions', 'hebb 0.1.0, Node.js 24.0.0, onnxruntime 1.30.0'],
  ],
  seconds: 61,
  imagesPerSecond: 1234,
  losses: layers.map((layer, index) => curve(layer, index + 0.5)),
  validation: layers.map((layer, index) => ({
    layer,
    points: [100, 200, 300, 400].map((step) => [step, index + 0.8] as const),
  })),
  logs: [
    { name: 'similarity', curves: layers.map((layer, index) => curve(layer, 0.2 * index)) },
    { name: 'cross entropy', curves: [{ ...curve('conv4', 1), notFinite: 3 }] },
  ],
  online: [100, 200, 300, 400].map((step, index) => ({
    step,
    epoch: index + 1,
    layers: layers.map((layer, depth) => ({
      layer,
      linear: 0.6 + 0.04 * depth + 0.03 * index,
      knn: 0.58 + 0.05 * depth + 0.02 * index,
    })),
    all: { linear: 0.8 + 0.03 * index, knn: 0.7 + 0.02 * index },
  })),
  accuracy: {
    caption: 'On 1,000 test images.',
    columns: [
      { name: 'kNN', group: 'Global averages' },
      { name: 'linear', group: 'Global averages' },
      { name: 'kNN', group: 'Spatial features' },
      { name: 'linear', group: 'Spatial features' },
    ],
    rows: [
      {
        name: 'raw pixels',
        baseline: true,
        cells: [{ value: NaN }, { value: NaN }, { value: 0.809 }, { value: 0.847 }],
      },
      { name: 'untrained', baseline: true, cells: [0.755, 0.751, 0.783, 0.827].map((value) => ({ value })) },
      ...layers.map((name, depth) => ({
        name,
        cells: [0.7, 0.71, 0.8, 0.83].map((value) => ({ value: value + 0.02 * depth })),
      })),
    ],
    reference: 'untrained',
  },
  confusions: [confusionOf(garments)],
  alignment: {
    layers: layers.map((layer, depth) => ({
      layer,
      cosine: { value: 0.3 * depth + 0.1, spread: 0.03 },
      ratio: { value: 1 + depth, spread: 0.2 },
    })),
    mean: { cosine: { value: 0.55, spread: 0.02 }, ratio: { value: 2.5, spread: 0.1 } },
  },
  filters: {
    ...{ layer: 'conv1', width: 5, height: 5, channels: 1 },
    before: Array.from({ length: 32 }, (_, index) => filter(index)),
    after: Array.from({ length: 32 }, (_, index) => filter(index + 100)),
  },
  neighbours: await neighbours(),
  embedding: embeddingOf(garments),
  locality: layers.map((layer, depth) => ({
    parameter: `${layer}.weight`,
    layer,
    reads:
      depth === 0
        ? [{ kind: 'pre' }, { kind: 'post' }]
        : [{ kind: 'pre' }, { kind: 'transport', layer: 'conv2' }],
  })),
  layers: layers.map((layer, depth) => ({
    layer,
    milliseconds: 3.21 * (depth + 1),
    bytes: 12e6 * (depth + 1),
    flops: 62e6,
    parameters: 2048 * 4 ** depth,
  })),
  graphs: [
    { name: 'augment', nodes: 48, flops: 1.2e6 },
    ...layers.map((name) => ({ name, nodes: 61, flops: 62e6 })),
  ],
})

export const frame = {
  title: 'CLAPP++ on Fashion-MNIST',
  subtitle: '8 epochs of 6,000 images',
  settings: [['Images', 'Fashion-MNIST']],
  notes: ['The linear probe is trained on all labels of the training images.'],
  commands: ['npm run demo'],
} satisfies Partial<Report>

/** The fewest parts that a run can have. */
export const bareRun: Run = {
  name: 'mine',
  description: 'local credit',
  losses: [curve('dense', 1, 20)],
  graphs: [],
  locality: [],
}

export const fullReport = async (): Promise<Report> => ({ ...frame, runs: [await fullRun()] })
export const bareReport: Report = { ...frame, settings: [], notes: [], commands: [], runs: [bareRun] }

/** Accuracies within two points: their axes have the longest labels. */
export const closeReport: Report = {
  ...bareReport,
  runs: [
    {
      ...bareRun,
      accuracy: {
        caption: 'Close.',
        columns: [{ name: 'kNN' }, { name: 'linear' }],
        rows: [
          { name: 'untrained', baseline: true, cells: [{ value: 0.75 }, { value: 0.746 }] },
          { name: 'CLAPP++', cells: [{ value: 0.766 }, { value: 0.759 }] },
        ],
      },
    },
  ],
}

/** Several runs, as the demo has. */
export const comparison = async (): Promise<Comparison> => {
  const run = await fullRun()
  const shown = { ...run, accuracy: undefined, command: undefined, settings: [] }
  return {
    ...frame,
    table: run.accuracy ?? { caption: '', columns: [], rows: [] },
    runs: ['CLAPP++', 'CLAPP++DFB', 'BP-CLAPP++'].map((name) => ({ ...shown, name })),
  }
}

/** Many layers and many classes, with long names. */
export const largeReport = async (): Promise<Report> => {
  const many = Array.from(
    { length: 17 },
    (_, index) => `stage${Math.floor(index / 4)}.block${index % 4}.convolution`,
  )
  const classes = Array.from({ length: 100 }, (_, index) => `class number ${index} with a name`)
  return {
    ...frame,
    runs: [
      {
        ...(await fullRun()),
        validation: [],
        losses: many.map((layer, index) => curve(layer, index / 10)),
        online: [1, 2].map((step) => ({
          step,
          layers: many.map((layer, depth) => ({ layer, linear: 0.5 + 0.02 * depth, knn: 0.4 })),
        })),
        confusions: [confusionOf(classes)],
        embedding: embeddingOf(classes, 1000),
        alignment: {
          layers: many.map((layer, depth) => ({ layer, cosine: { value: depth / 17 }, ratio: { value: 1 } })),
          mean: { cosine: { value: 0.5 }, ratio: { value: 1 } },
        },
        layers: many.map((layer) => ({ layer, flops: 1e9, parameters: 1e6 })),
        missing: [
          { part: 'Nearest neighbours', why: 'the images are no longer where they were: data/gone' },
          {
            part: 'Alignment',
            command: 'hebb align mine.ts --checkpoint runs/mine --json runs/mine/alignment.json',
          },
        ],
      },
    ],
  }
}

export const hostile = `<script>alert("1")</script> & 'x' \u0000<img src=x onerror=alert(1)>`

/** All names of a stranger's program, data and rule. */
export const hostileReport = async (): Promise<Comparison> => {
  const run = await fullRun()
  const [like] = run.locality
  const cells = [{ value: 0.5 }]
  const table = {
    caption: hostile,
    columns: [{ name: hostile, group: hostile }],
    rows: [{ name: hostile, cells }],
    reference: hostile,
  }
  return {
    ...{
      title: hostile,
      subtitle: hostile,
      settings: [[hostile, hostile]],
      notes: [hostile],
      commands: [hostile],
    },
    table,
    runs: [
      {
        ...run,
        ...{ name: hostile, description: hostile, command: hostile, settings: [[hostile, hostile]] },
        missing: [{ part: hostile, why: hostile, command: hostile }],
        losses: [curve(hostile, 1)],
        validation: [curve(hostile, 1, 5)],
        logs: [{ name: hostile, curves: [{ ...curve(hostile, 1), notFinite: 1 }] }],
        online: [{ step: 1, layers: [{ layer: hostile, linear: 0.5, knn: 0.5 }] }],
        accuracy: table,
        confusions: [{ ...confusionOf([hostile, `${hostile}2`]), probe: hostile }],
        alignment: {
          layers: [{ layer: hostile, cosine: { value: 0.5 }, ratio: { value: 1 } }],
          mean: { cosine: { value: 0.5 }, ratio: { value: 1 } },
        },
        filters: { layer: hostile, width: 1, height: 1, channels: 3, after: [Float32Array.of(1, 2, 3)] },
        neighbours: {
          caption: hostile,
          queries: [{ query: await thumb(1, hostile), found: [await thumb(2, hostile)] }],
        },
        embedding: { ...embeddingOf([hostile, 'b'], 10), method: hostile },
        locality: like
          ? [{ ...like, parameter: hostile, layer: hostile, reads: [{ kind: 'transport', layer: hostile }] }]
          : [],
        layers: [{ layer: hostile, flops: 1 }],
        graphs: [{ name: hostile, nodes: 1, flops: 1 }],
      },
    ],
  }
}

const cosines = (values: readonly number[]) => {
  const point = (value: number) => ({ cosine: { value, spread: 0.05 }, ratio: { value: 2, spread: 0.1 } })
  return { points: values.map(point), mean: point(0.5) }
}

export const alignmentReport: AlignmentReport = {
  ...frame,
  groups: [
    {
      layers,
      series: [
        { name: 'CLAPP++', program: 0, trainedProjections: false, ...cosines([-0.1, 0.2, 0.5, 1]) },
        {
          name: 'CLAPP++, trained projections',
          program: 0,
          trainedProjections: true,
          ...cosines([0.1, 0.3, 0.6, 1]),
        },
        { name: 'BP-CLAPP++', program: 1, trainedProjections: false, ...cosines([1, 1, 1, 1]) },
      ],
    },
  ],
}

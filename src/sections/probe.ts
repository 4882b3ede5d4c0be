import { Registry } from '../cut/registry.ts'
import { trace } from '../cut/trace.ts'
import { traceLayer } from '../cut/trace-layer.ts'
import { global } from '../lang/credit.ts'
import { zeros } from '../lang/initializers.ts'
import { layer } from '../lang/layer.ts'
import { linear } from '../lang/linear.ts'
import { adam } from '../lang/optimizers/adam.ts'
import { classify } from '../lang/supervised.ts'
import { Tensor } from '../lang/tensor.ts'
import type { TracedSection } from './section.ts'
import { input } from '../ops/leaf.ts'
import { trainSection } from './train.ts'
import type { Program } from '../lang/program.ts'
import type { Feature } from './images.ts'

const BATCH = 100
/** Rows of a tile of products: enough for a fast product, few to fill up where images are few. */
const TILE = 512

/** A linear classifier, whose sections are traced, lowered or written by now. */
export interface Probe<Stage> {
  readonly name: string
  /** What it reads of the features, in this order; empty: the raw pixels. */
  readonly features: readonly string[]
  readonly dimension: number
  readonly train: Stage
  readonly classify: Stage
  readonly products: Stage
}

/** The same probe with something else made of each of its sections. */
export const mapProbe = <From, To>(
  probe: Probe<From>,
  make: (section: From, of: 'train' | 'classify' | 'products') => To,
): Probe<To> => ({
  ...probe,
  train: make(probe.train, 'train'),
  classify: make(probe.classify, 'classify'),
  products: make(probe.products, 'products'),
})

/**
 * Linear classifiers: on raw pixels, on all layers' features of each readout, and on each layer's alone.
 * One linear layer, softmax cross-entropy, Adam 1e-3, as in the paper. With each, the products of features that
 * tell which neighbours are nearest.
 */
export function tracedProbes(program: Program, features: readonly Feature[]): Probe<TracedSection>[] {
  const { channels, height, width } = program.input
  const probes = [probe(program, 'pixels', [], channels * height * width)]
  for (const readout of ['average', 'spatial'] as const) {
    const all = features.filter((feature) => feature.readout === readout)
    if (all.length === 0) continue
    probes.push(
      probeOf(program, readout, all),
      ...all.map((feature) => probeOf(program, feature.name, [feature])),
    )
  }
  return probes
}

const probeOf = (program: Program, name: string, features: readonly Feature[]): Probe<TracedSection> =>
  probe(
    program,
    name,
    features.map((feature) => feature.name),
    features.reduce((sum, { dimension }) => sum + dimension, 0),
  )

function probe(
  { input: { classes } }: Program,
  name: string,
  features: readonly string[],
  dimension: number,
): Probe<TracedSection> {
  const rows = input('features', 'features', 'float32', [BATCH, dimension])
  const classifier = layer('probe', linear(classes, { init: zeros(), biasInit: zeros() }))
  const training = {
    encoder: [classifier],
    learn: global(classify()),
    optimizer: adam({ lr: 1e-3 }),
    views: ['a'],
    batch: BATCH,
    scaled: false,
    classes,
    rows,
    input: 'features',
  }
  return {
    name,
    features,
    dimension,
    train: trainSection(trace(training), training, { fused: false, prefix: `probe.${name}.train.` }),
    classify: classifySection(classifier, rows, `probe.${name}.classify`),
    products: productsSection(dimension, `probe.${name}.products`),
  }
}

function productsSection(dimension: number, name: string): TracedSection {
  const tile = (of: string) => input('features', of, 'float32', [TILE, dimension])
  const [asked, known] = [tile('asked'), tile('known')]
  const { node } = new Tensor(asked).matmul(new Tensor(known), { transposeB: true })
  const inputs = [
    { name: 'asked', node: asked },
    { name: 'known', node: known },
  ]
  const outputs = [{ name: 'products', node, role: 'products' as const }]
  const plan = { name, description: 'Inner products of features.', inputs, outputs, drop: [] }
  return { plans: [plan], registry: new Registry(), batch: TILE }
}

function classifySection(
  classifier: ReturnType<typeof layer>,
  rows: ReturnType<typeof input>,
  name: string,
): TracedSection {
  const registry = new Registry()
  const { out } = traceLayer(classifier, [{ layer: undefined, node: rows }], registry)
  const inputs = [{ name: 'features', node: rows }, ...registry.inputs()]
  const outputs = [{ name: 'logits', node: out, role: 'logits' as const }]
  const plan = { name, description: 'Class scores of features.', inputs, outputs, drop: [] }
  return { plans: [plan], registry, batch: BATCH }
}

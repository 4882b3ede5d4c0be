import { z } from 'zod'
import { dtypes } from '../ir/dtype.ts'
import { signalNames } from '../signals.ts'

/**
 * The manifest of a bundle: all that the runtime knows of a compiled program. It is the one thing the
 * compiler and the runtime share, so it is validated by the same schema on both sides.
 */

export const BUNDLE_VERSION = 3

/** Some kilobytes a layer are usual. */
export const manifestSize = { largest: 32 * 1024 * 1024, what: 'a manifest' } as const

/** Whether a file of this name may be one of a bundle's. */
export const isBundleFile = (name: string): boolean => name === 'manifest.json' || name.endsWith('.onnx')

const name = z.string().min(1)
const shape = z.array(z.int().nonnegative())
const dtype = z.enum(dtypes)
export type { DType } from '../ir/dtype.ts'

/** How a parameter starts. Sizes are resolved by the compiler, so no shape rule is left to the runtime. */
export const initializer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), value: z.number() }),
  z.strictObject({ kind: z.literal('uniform'), bound: z.number().nonnegative() }),
  z.strictObject({ kind: z.literal('normal'), std: z.number().nonnegative() }),
  /** Rows (first axis by all others) orthonormal, or columns where there are more rows; times gain. */
  z.strictObject({ kind: z.literal('orthogonal'), gain: z.number() }),
  /** Ones where row = column; for a convolution, at the kernel's centre; times gain. */
  z.strictObject({ kind: z.literal('identity'), gain: z.number() }),
])
export type Initializer = z.infer<typeof initializer>

/** Random numbers that a graph reads; drawn by the runtime, one seeded stream per name. */
const draw = z.discriminatedUnion('kind', [
  /** float32 in [0, 1). */
  z.strictObject({ kind: z.literal('uniform'), name, type: z.literal('float32'), shape }),
  /**
   * Row indices [count, rows]: for each of rows = views × images rows (row r shows image r mod images), a
   * uniformly drawn row of another image.
   */
  z.strictObject({
    kind: z.literal('negatives'),
    name,
    type: z.literal('int64'),
    shape,
    images: z.int().positive(),
  }),
])
export type Draw = z.infer<typeof draw>

const parameter = z.strictObject({
  name,
  layer: name,
  type: dtype,
  shape,
  init: initializer,
  /** Where a section learns, of one that it does not change: every other one, and every state, is replaced once. */
  constant: z.literal(true).optional(),
})
export type Parameter = z.infer<typeof parameter>

/** How a state starts: one number everywhere, or the value that a parameter of its shape starts with. */
const stateStart = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), value: z.number() }),
  z.strictObject({ kind: z.literal('copy'), of: name }),
])
export type StateStart = z.infer<typeof stateStart>

/** Optimizer moments, memories, running statistics, averages of parameters: start at zero if nothing is said. */
const state = z.strictObject({ name, layer: name, type: dtype, shape, start: stateStart.optional() })

const inputRole = z.enum([
  'parameter', // by name
  'state', // by name
  'draw', // by name
  'activity', // another graph's output, by name
  'views', // augmented rows [views × batch, channels, height, width], normalised
  'images', // raw bytes [batch, channels, height, width]
  'features', // [batch, dimension], of a probe; `asked` and `known` where neighbours are sought
  'labels', // int64 [batch]
  'rate', // float64 scalar: the learning rate of this step
  'step', // int64 scalar: 1 at the first step
])
const outputRole = z.enum([
  'parameter', // the new value of `updates`
  'state', // the new value of `updates`
  'activity', // read by another graph
  'views',
  'features', // of an encoder graph, one per readout and layer
  'logits', // [batch, classes], of a probe
  'products', // [batch, batch], of every row asked with every row known
  'loss', // scalar, one per layer that learns
  'gradient', // of a parameter of the encoder, its shape: `conv1.weight.local` and `conv1.weight.global`
  'alignment', // float64 [3], one per layer: local · global, |local|², |global|²
])
/**
 * Of an activity that crosses between graphs as [pixels, images, channels], pixels by pooling phase; without it,
 * maps are [images, channels, height, width].
 */
const layout = z.literal('rows').optional()
/**
 * Of a graph with `blocks`: run number i is given, or makes, elements [i · size, (i + 1) · size) of the named value,
 * size being that of the shape; other inputs are whole.
 */
const block = z.literal(true).optional()
const input = z.strictObject({ name, role: inputRole, type: dtype, shape, layout, block })
const output = z.strictObject({
  name,
  role: outputRole,
  type: dtype,
  shape,
  layout,
  block,
  /** The parameter or state that this output replaces. */
  updates: name.optional(),
  /** The layer that a loss teaches, or that features, a gradient or an alignment are of. */
  layer: name.optional(),
})
export type GraphInput = z.infer<typeof input>
export type GraphOutput = z.infer<typeof output>

const graph = z.strictObject({
  name,
  file: z.string().regex(/^[\w.-]+\.onnx$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  inputs: z.array(input),
  outputs: z.array(output),
  /** How often the graph is run in a step, block by block; once where nothing is said. */
  blocks: z.int().positive().optional(),
  /** Counted by the compiler for one step; of a graph with `blocks`, for one block. */
  cost: z.strictObject({
    nodes: z.int().nonnegative(),
    flops: z.number().nonnegative(),
    parameterBytes: z.number().nonnegative(),
    /** Of all results, and of those that are alive at once where each is freed after its last reader. */
    activationBytes: z.number().nonnegative(),
    peakBytes: z.number().nonnegative().optional(),
  }),
})
export type Graph = z.infer<typeof graph>

/** The learning rate at step t of T (t from 0); warm-up and steps are counted in fractions of T. */
export const rate = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), lr: z.number() }),
  z.strictObject({
    kind: z.literal('step'),
    lr: z.number(),
    every: z.number().positive(),
    factor: z.number(),
  }),
  z.strictObject({ kind: z.literal('cosine'), lr: z.number(), warmup: z.number(), final: z.number() }),
])
export type Rate = z.infer<typeof rate>

/** A set of graphs that run together, in order, once per step. */
const section = z.strictObject({
  /** Images (or feature rows) per step. */
  batch: z.int().positive(),
  /**
   * The most steps done by one run of each graph. Where it is more than 1, a run does any number of steps: its
   * graphs take and give parameters and states once and all else stacked along a first axis, one item per step.
   * Shapes in this manifest are those of one step.
   */
  stepsPerRun: z.int().positive(),
  parameters: z.array(parameter),
  states: z.array(state),
  draws: z.array(draw),
  graphs: z.array(graph),
  /** Order of the runs, and the activities that no later run reads. */
  schedule: z.array(z.strictObject({ graph: name, drop: z.array(name) })),
  rate: rate.optional(),
})
export type Section = z.infer<typeof section>

/** How one convolution, or one gradient of it, is computed in one graph, and why. */
const convolution = z.strictObject({
  graph: name,
  convolution: name,
  direction: z.enum(['forward', 'weightGradient', 'inputGradient']),
  form: name,
  reason: name,
  /** Estimated milliseconds of one core in every form that applies, none of it shared. */
  estimates: z.record(z.string(), z.number().nonnegative()),
  /** Bytes of temporaries in the form chosen. */
  temporary: z.number().nonnegative(),
})
const lowering = z.strictObject({
  target: z.enum(['cpu', 'cuda', 'portable']),
  /** Bytes that the temporaries of one convolution and its gradients were allowed. */
  memory: z.number().positive(),
  /** Why the training graphs do as many steps per run as they do. */
  stepsPerRun: z.string().optional(),
  /** Of layers that read activity from above: whether their own is stored meanwhile or computed again, and why. */
  activity: z.string().optional(),
  convolutions: z.array(convolution),
})

const locality = z.strictObject({
  parameter: name,
  layer: name,
  /** What its update is computed from. */
  reads: z.array(
    z.strictObject({
      kind: z.enum(signalNames),
      /** Whose it is, where it is another layer's. */
      layer: name.optional(),
      /** Where it is that of all layers from there on: the last of them. */
      through: name.optional(),
    }),
  ),
})
export type Locality = z.infer<typeof locality>

const layer = z.strictObject({
  name,
  /** As the user wrote it, such as `conv(128, 3×3) relu`. */
  summary: z.string(),
  /** Channels, height, width; or features. */
  shape,
})

export const manifestSchema = z.strictObject({
  format: z.literal('hebb-bundle'),
  version: z.literal(BUNDLE_VERSION),
  compiler: z.string(),
  /**
   * SHA-256 of what is computed: the mathematics of a training step, of views and of features, and how values start.
   * Bundles of one program have one identity, whatever forms, target, memory or steps per run their graphs were
   * compiled for, and wherever its lines stand (decision 15).
   */
  identity: z.string().regex(/^[0-9a-f]{64}$/),
  program: z.strictObject({
    name,
    rule: z.string(),
    credit: z.string(),
    dtype,
    fused: z.boolean(),
    input: z.strictObject({
      channels: z.int().positive(),
      height: z.int().positive(),
      width: z.int().positive(),
      /** Black pixels that the graphs add on every side. */
      pad: z.int().nonnegative(),
      classes: z.int().positive(),
      mean: z.array(z.number()),
      std: z.array(z.number()),
    }),
    views: z.array(name),
    layers: z.array(layer),
    optimizer: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.number())])),
  }),
  /** One training step. */
  train: section,
  /** Raw bytes to augmented views; one graph, no parameters. */
  augment: section,
  /** Raw bytes to features of every layer; one graph that reads the encoder's parameters. */
  encode: section,
  /**
   * Linear classifiers on features: each is trained by `train` and applied by `classify`; and nearest neighbours.
   */
  probes: z.array(
    z.strictObject({
      name,
      /** Outputs of `encode` concatenated in this order; empty: the raw pixels. */
      features: z.array(name),
      dimension: z.int().positive(),
      train: section,
      classify: section,
      /** Inner products of the rows of two tiles of features. Absent of bundles made before it was in use. */
      products: section.optional(),
    }),
  ),
  locality: z.array(locality),
  /** Absent of bundles that were made before there was a choice. */
  lowering: lowering.optional(),
})
export type Manifest = z.infer<typeof manifestSchema>

import { z } from 'zod'
import { listOf, numberList, plainLines, plainText, recordOf } from '../base/strangers.ts'
import { dtype, name, shape } from './schema/basic.ts'
import { locality } from './schema/locality.ts'
import { lowering } from './schema/lowering.ts'
import { optionValues } from './schema/options.ts'
import { section } from './schema/section.ts'

/**
 * The manifest of a bundle: all that the runtime knows of a compiled program. It is the one thing the
 * compiler and the runtime share, so it is validated by the same schema on both sides.
 */

export const BUNDLE_VERSION = 4

/** Some kilobytes a layer are usual. */
export const manifestSize = { largest: 32 * 1024 * 1024, what: 'a manifest' } as const

/** Graphs are given their parameters, and hold few constants. */
export const graphSize = { largest: 80 * 1024 * 1024, what: 'a graph' } as const

/** Whether a file of this name may be one of a bundle's. */
export const isBundleFile = (name: string): boolean => name === 'manifest.json' || name.endsWith('.onnx')

const layer = z.strictObject({
  name,
  /** As the user wrote it, such as `conv(128, 3×3) relu`. */
  summary: plainText,
  /** Channels, height, width; or features. */
  shape,
  /** The layers that it reads, or 'input'. Absent where it reads the layer before it alone. */
  from: listOf(name).optional(),
  /** How several outputs are joined; absent: by channels. */
  join: z.enum(['concat', 'add']).optional(),
  /** It computes as after training, and nothing of it changes. Absent where it learns. */
  frozen: z.literal(true).optional(),
})

/** What can be had of a layer: see `src/sections/export.ts`. */
export const exportKinds = ['features', 'spatial', 'maps', 'logits'] as const
export type ExportKind = (typeof exportKinds)[number]

const encoderExport = z.union([
  z.strictObject({
    /**
     * One graph from raw bytes to all that can be had of the trained encoder, for any number of images: the first axis of
     * its images and of all that it gives. Shapes here are those of `batch` of them.
     */
    section,
    /** Its output of normalised images, which others may prepare and give in place of bytes. */
    normalised: name,
    outputs: listOf(z.strictObject({ layer: name, kind: z.enum(exportKinds), output: name })),
  }),
  /** Why there is no such graph. */
  z.strictObject({ impossible: plainLines }),
])
export type EncoderExport = z.infer<typeof encoderExport>

export const manifestSchema = z.strictObject({
  format: z.literal('hebb-bundle'),
  version: z.literal(BUNDLE_VERSION),
  compiler: plainText,
  /**
   * SHA-256 of what is computed: the mathematics of a training step, of views and of features, and how values start.
   * Bundles of one program have one identity, whatever algorithms, target, memory or steps per run their graphs were
   * compiled for, and wherever its lines stand (decision 15).
   */
  identity: z.string().regex(/^[0-9a-f]{64}$/),
  program: z.strictObject({
    name,
    rule: plainText,
    credit: plainText,
    dtype,
    /** Products in float16, all else in float32. Absent where all is computed in `dtype`. */
    precision: z.literal('mixed').optional(),
    fused: z.boolean(),
    input: z.strictObject({
      channels: z.int().positive(),
      height: z.int().positive(),
      width: z.int().positive(),
      /** Black pixels that the graphs add on every side. */
      pad: z.int().nonnegative(),
      classes: z.int().positive(),
      /** What images are given as: bytes where nothing is said, else numbers of this type, as they are. */
      type: z.literal('float32').optional(),
      mean: numberList,
      std: numberList,
    }),
    views: listOf(name),
    layers: listOf(layer),
    optimizer: recordOf(z.union([z.string(), z.number(), z.boolean(), numberList, listOf(z.string())])),
    /** The values of its options that were in force, by name; absent where it has none. */
    options: optionValues.optional(),
  }),
  /** One training step. */
  train: section,
  /** The same with the images dealt to shards: of the same parameters, states and draws. Absent where nobody asked for it. */
  sharded: section.optional(),
  /** Raw bytes to augmented views; one graph, no parameters. */
  augment: section,
  /** Raw bytes to features of every layer; one graph that reads the encoder's parameters. */
  encode: section,
  /** Raw bytes to scores of the classes, one output per head that learns by labels; absent where none does. */
  logits: section.optional(),
  /** The losses of a step without learning, in one graph; absent where there are none, and of bundles made before it was. */
  validation: section.optional(),
  /** What `hebb export` takes the encoder from; absent of bundles made before it did. */
  export: encoderExport.optional(),
  /**
   * Linear classifiers on features: each is trained by `train` and applied by `classify`; and nearest neighbours.
   */
  probes: listOf(
    z.strictObject({
      name,
      /** Outputs of `encode` concatenated in this order; empty: the raw pixels. */
      features: listOf(name),
      dimension: z.int().positive(),
      train: section,
      classify: section,
      /** Inner products of the rows of two tiles of features. Absent of bundles made before it was in use. */
      products: section.optional(),
    }),
  ),
  locality: listOf(locality),
  /** Absent of bundles that were made before there was a choice. */
  lowering: lowering.optional(),
})
export type Manifest = z.infer<typeof manifestSchema>

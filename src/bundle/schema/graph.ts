import { z } from 'zod'
import { listOf } from '../../base/strangers.ts'
import { inputRoles, outputRoles } from '../roles.ts'
import { dtype, name, shape } from './basic.ts'

/**
 * Of an activity that crosses between graphs as [pixels, images, channels], pixels by pooling phase; without it,
 * maps are [images, channels, height, width].
 */
const layout = z.literal('pixel-major').optional()
/**
 * Of a graph with `blocks`: run number i is given, or makes, elements [i · size, (i + 1) · size) of the named value,
 * size being that of the shape; other inputs are whole.
 */
const block = z.literal(true).optional()
/** Of a graph that every shard runs: each has its own. Graphs that read those of all shards call that of shard s `NAME#s`. */
const shard = z.literal(true).optional()
/** A number of a step that is shown: a loss, or what a rule logs beside it. */
const scalar = z.strictObject({
  name,
  role: z.enum(['loss', 'log']),
  layer: name.optional(),
  log: name.optional(),
})
export type Scalar = z.infer<typeof scalar>
const input = z.strictObject({ name, role: z.enum(inputRoles), type: dtype, shape, layout, block, shard })
const output = z.strictObject({
  name,
  role: z.enum(outputRoles),
  type: dtype,
  shape,
  layout,
  block,
  shard,
  /** The parameter or state that this output replaces. */
  updates: name.optional(),
  /** The layer that a loss teaches, or that a number is logged at, or that features, a gradient or an alignment are of. */
  layer: name.optional(),
  /** What a rule calls a number that it logs. */
  log: name.optional(),
  /** The parameter that a gradient is of, and whether it is the program's own or backpropagated from the top. */
  of: z.strictObject({ parameter: name, side: z.enum(['local', 'global']) }).optional(),
  /** The numbers of an output `scalars`, one after the other. */
  holds: listOf(scalar).optional(),
})
export type GraphInput = z.infer<typeof input>
export type GraphOutput = z.infer<typeof output>

export const graph = z.strictObject({
  name,
  file: z.string().regex(/^[\w.-]+\.onnx$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of its file. Absent of bundles that were made before it was told. */
  bytes: z.int().positive().optional(),
  inputs: listOf(input),
  outputs: listOf(output),
  /** How often the graph is run in a step, block by block; once where nothing is said. */
  blocks: z.int().positive().optional(),
  /**
   * Run once per shard, which its input `shard` tells the number of; of what is a `block`, run number s has the s-th of as
   * many. Without it, in a section of shards: run once, block by block where it has `blocks`.
   */
  each: z.literal('shard').optional(),
  /** The shard that runs a graph without `each` and `blocks`; shard 0 where nothing is said. Of `blocks`, shards do equal parts. */
  by: z.int().nonnegative().optional(),
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

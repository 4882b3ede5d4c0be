import { z } from 'zod'
import { listOf, plainLines, plainText } from '../../base/strangers.ts'
import { algorithms, directions, reasons, targets } from '../lowerings.ts'
import { name } from './basic.ts'

/** How one convolution, or one gradient of it, is computed in one graph, and why. */
const convolution = z.strictObject({
  graph: name,
  convolution: name,
  direction: z.enum(directions),
  algorithm: z.enum(algorithms),
  reason: z.enum(reasons),
  /** Estimated milliseconds of one core in every algorithm that applies, none of it shared. */
  estimates: z.partialRecord(z.enum(algorithms), z.number().nonnegative()),
  /** Bytes of temporaries in the algorithm chosen. */
  temporary: z.number().nonnegative(),
})
/** How ops that ONNX has in several ways, or not at all, are written in one graph, and why. */
const written = z.strictObject({
  graph: name,
  /** The layer, rule or optimizer that they stand in; empty for the graph itself. */
  scope: plainText,
  op: name,
  as: name,
  because: name,
  /** How many of them. */
  count: z.int().positive(),
})
export const lowering = z.strictObject({
  target: z.enum(targets),
  /** Bytes that the temporaries of one convolution and its gradients were allowed. */
  memory: z.number().positive(),
  /** Why the training graphs do as many steps per run as they do. */
  stepsPerRun: plainLines.optional(),
  /** Of layers that read activity from above: whether their own is stored meanwhile or computed again, and why. */
  activity: plainLines.optional(),
  convolutions: listOf(convolution),
  /** Absent of bundles that were made before it was told. */
  ops: listOf(written).optional(),
})

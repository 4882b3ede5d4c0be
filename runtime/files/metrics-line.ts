import { z } from 'zod'
import { recordOf } from '../../src/base/strangers.ts'

const orNaN = (value: number | null): number => value ?? NaN

/** One line of metrics.jsonl. */
export const metricsSchema = z.object({
  /** Steps done, from 1. */
  step: z.int().positive(),
  epoch: z.number(),
  rate: z.number(),
  /** By layer. */
  losses: recordOf(z.number()),
  /** What rules log beside them, by layer and name, where they log anything; JSON has null for what is not finite. */
  log: recordOf(recordOf(z.number().nullable().transform(orNaN))).optional(),
  imagesPerSecond: z.number(),
  /** When it was written, in seconds since 1970; absent of runs of before it was, as all below. */
  time: z.number().optional(),
  /** That the step took, and of these its graphs within onnxruntime, by their names. */
  milliseconds: z.number().optional(),
  graphs: recordOf(z.number()).optional(),
  /** Bytes that the process held in memory (resident set). */
  memory: z.number().optional(),
  /** Where its graphs ran: `cpu`, or `cuda:0`, a provider and which of its devices. */
  device: z.string().optional(),
})
/** A line of `metrics.jsonl`. */
export type Metrics = z.infer<typeof metricsSchema>

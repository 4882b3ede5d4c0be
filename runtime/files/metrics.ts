import { z } from 'zod'
import { recordOf } from '../../src/base/strangers.ts'
import { appendLines, soundLinesIn, type StepLines } from './step-lines.ts'

const orNaN = (value: number | null): number => value ?? NaN

/** One line of metrics.jsonl. */
const lineSchema = z.object({
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
export type Metrics = z.infer<typeof lineSchema>

export const metricsLines: StepLines<Metrics> = { what: 'the metrics', schema: lineSchema }

/** Appends lines; a whole line reaches the file in one write. */
export const appendMetrics = (path: string, lines: readonly Metrics[]): void => {
  appendLines(path, lines)
}

export const soundLines = (path: string): Generator<Metrics, void> => soundLinesIn(path, metricsLines)

/** Reads all sound lines; one that a kill has torn, or that is damaged, is passed over. */
export const readMetrics = (path: string): readonly Metrics[] => [...soundLines(path)]

/** The step of the last sound line; 0 where there is none. */
export function lastStep(path: string): number {
  let last = 0
  for (const { step } of soundLines(path)) last = step
  return last
}

import { appendFileSync, closeSync, fsyncSync, openSync } from 'node:fs'
import { z } from 'zod'
import { orFileError } from '../../src/base/file-error.ts'
import { isThere } from '../../src/base/file-kind.ts'
import { linesOf } from '../../src/base/lines-of-file.ts'

const orNaN = (value: number | null): number => value ?? NaN

/** One line of metrics.jsonl. */
const lineSchema = z.object({
  /** Steps done, from 1. */
  step: z.int().positive(),
  epoch: z.number(),
  rate: z.number(),
  /** By layer. */
  losses: z.record(z.string(), z.number()),
  /** What rules log beside them, by layer and name, where they log anything; JSON has null for what is not finite. */
  log: z.record(z.string(), z.record(z.string(), z.number().nullable().transform(orNaN))).optional(),
  imagesPerSecond: z.number(),
  /** When it was written, in seconds since 1970; absent of runs of before it was, as all below. */
  time: z.number().optional(),
  /** That the step took, and of these its graphs within onnxruntime, by their names. */
  milliseconds: z.number().optional(),
  graphs: z.record(z.string(), z.number()).optional(),
  /** Bytes that the process held in memory (resident set). */
  memory: z.number().optional(),
})
/** A line of `metrics.jsonl`. */
export type Metrics = z.infer<typeof lineSchema>

export const textOf = (line: Metrics): string => `${JSON.stringify(line)}\n`

/** Appends lines; a whole line reaches the file in one write. */
export const appendMetrics = (path: string, lines: readonly Metrics[]): void => {
  if (lines.length === 0) return
  orFileError('write', path, () => {
    appendFileSync(path, lines.map(textOf).join(''))
  })
}

/** Waits until what was appended is on the disk. */
export const syncMetrics = (path: string): void => {
  orFileError('write', path, () => {
    const file = openSync(path, 'r+')
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  })
}

/** A line takes some tens of bytes a layer. */
const LONGEST_LINE = 1024 * 1024

const parseLine = (text: string | undefined): Metrics | undefined => {
  try {
    return text === undefined ? undefined : lineSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** The lines one by one: a run of weeks has millions. What a kill has torn off at the end is passed over. */
export function* linesIn(path: string): Generator<Metrics | 'damaged', void> {
  if (!isThere(path)) return
  for (const { text, isWhole } of linesOf(path, LONGEST_LINE)) if (isWhole) yield parseLine(text) ?? 'damaged'
}

export function* soundLines(path: string): Generator<Metrics, void> {
  for (const line of linesIn(path)) if (line !== 'damaged') yield line
}

/** Reads all sound lines; one that a kill has torn, or that is damaged, is passed over. */
export const readMetrics = (path: string): readonly Metrics[] => [...soundLines(path)]

/** The step of the last sound line; 0 where there is none. */
export function lastStep(path: string): number {
  let last = 0
  for (const { step } of soundLines(path)) last = step
  return last
}

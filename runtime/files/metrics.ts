import { metricsSchema, type Metrics } from './metrics-line.ts'
import { appendLines, soundLinesIn, type StepLines } from './step-lines.ts'

export const metricsLines: StepLines<Metrics> = { what: 'the metrics', schema: metricsSchema }

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

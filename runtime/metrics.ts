import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { writeAtomically } from './atomic.ts'
import { fileError } from './file-error.ts'

/** One line of metrics.jsonl. */
const lineSchema = z.object({
  /** Steps done, from 1. */
  step: z.int().positive(),
  epoch: z.number(),
  rate: z.number(),
  /** By layer. */
  losses: z.record(z.string(), z.number()),
  imagesPerSecond: z.number(),
})
export type Metrics = z.infer<typeof lineSchema>

/** Appends lines; a whole line reaches the file in one write. */
export const appendMetrics = (path: string, lines: readonly Metrics[]): void => {
  if (lines.length === 0) return
  try {
    appendFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  } catch (error) {
    throw fileError('write', path, error)
  }
}

/** Reads all whole lines; a line that a kill has torn is passed over. */
export function readMetrics(path: string): Metrics[] {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [lineSchema.parse(JSON.parse(line))]
      } catch {
        return []
      }
    })
}

/** Forgets the steps after `step`, which a resumed run does again. */
export const truncateMetrics = (path: string, step: number): void => {
  const kept = readMetrics(path).filter((line) => line.step <= step)
  writeAtomically(
    path,
    kept.map((line) => `${JSON.stringify(line)}\n`),
  )
}

import { appendFileSync, closeSync, fsyncSync, linkSync, openSync, renameSync } from 'node:fs'
import { z } from 'zod'
import { writeAtomically } from './atomic.ts'
import { orFileError } from '../src/file-error.ts'
import { isThere } from '../src/file-kind.ts'
import { forEachLine } from '../src/lines-of-file.ts'

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

const textOf = (line: Metrics): string => `${JSON.stringify(line)}\n`

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

/** What a file of metrics holds: its sound lines, and the numbers (from 1) of those that are none. */
interface Contents {
  readonly lines: readonly Metrics[]
  readonly damaged: readonly number[]
}

/** A line takes some tens of bytes a layer. */
const LONGEST_LINE = 1024 * 1024

const parseLine = (text: string): Metrics | undefined => {
  try {
    return lineSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** What follows the last end of a line was torn by a kill: it is passed over. */
function read(path: string): Contents {
  if (!isThere(path)) return { lines: [], damaged: [] }
  const lines: Metrics[] = []
  const damaged: number[] = []
  let count = 0
  forEachLine(path, LONGEST_LINE, (text, isWhole) => {
    count++
    const line = isWhole && text !== undefined ? parseLine(text) : undefined
    if (line) lines.push(line)
    else if (isWhole) damaged.push(count)
  })
  return { lines, damaged }
}

/** Reads all sound lines; one that a kill has torn, or that is damaged, is passed over. */
export const readMetrics = (path: string): readonly Metrics[] => read(path).lines

/** What does not agree with a run that has done `step` steps: told in words. */
function complaints({ lines, damaged }: Contents, step: number): string[] {
  const seen = lines.map((line) => line.step).filter((each) => each <= step)
  const lost = step - new Set(seen).size
  const inOrder = seen.every((each, i) => each > (seen[i - 1] ?? 0))
  return [
    ...(damaged.length > 0
      ? [`damaged at line ${damaged.slice(0, 3).join(', ')}${damaged.length > 3 ? ', …' : ''}`]
      : []),
    ...(lost > 0 ? [`without ${lost} of the ${step} steps before the checkpoint`] : []),
    ...(inOrder ? [] : ['not in the order of the steps']),
  ]
}

/** A name beside the file that is not taken. */
function nameAside(path: string): string {
  for (let i = 1; ; i++) {
    const aside = `${path}.damaged${i}`
    if (!isThere(aside)) return aside
  }
}

/** The file stays where it is until its sound lines take its place, so that a kill meanwhile loses none of them. */
function keepAside(path: string, aside: string): void {
  try {
    linkSync(path, aside)
  } catch {
    // Not every disk has links.
    renameSync(path, aside)
  }
}

/**
 * Forgets the steps after `step`, which a resumed run does again. A file that is not as a run writes it is kept
 * aside as a whole, which `onNotice` is told, and its sound lines go on.
 */
export const truncateMetrics = (path: string, step: number, onNotice: (notice: string) => void): void => {
  const found = read(path)
  const wrong = complaints(found, step)
  if (wrong.length > 0 && isThere(path)) {
    const aside = nameAside(path)
    orFileError('write', aside, () => {
      keepAside(path, aside)
    })
    onNotice(`${path} is ${wrong.join(', ')}: it is kept as ${aside}, and its sound lines go on`)
  } else if (wrong.length > 0) onNotice(`${path} is gone: the metrics of the first ${step} steps are lost`)
  const byStep = new Map(found.lines.filter((line) => line.step <= step).map((line) => [line.step, line]))
  writeAtomically(path, [...byStep.values()].sort((a, b) => a.step - b.step).map(textOf))
}

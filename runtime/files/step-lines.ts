import { appendFileSync, closeSync, fsyncSync, openSync } from 'node:fs'
import type { z } from 'zod'
import { orFileError } from '../../src/base/file-error.ts'
import { isThere } from '../../src/base/file-kind.ts'
import { parseJsonAs } from '../../src/base/strangers.ts'
import { linesOf } from '../../src/base/lines-of-file.ts'

/** Files of a run to which training appends a line of JSON after a step: its metrics, its probes. */

/** What a line says, beside of which step. */
export interface StepLine {
  readonly step: number
}

/** A kind of such files. */
export interface StepLines<Line extends StepLine> {
  /** What is lost where the file is: `the metrics`. */
  readonly what: string
  readonly schema: z.ZodType<Line>
}

export const textOf = (line: StepLine): string => `${JSON.stringify(line)}\n`

/** Appends lines; a whole line reaches the file in one write. */
export const appendLines = (path: string, lines: readonly StepLine[]): void => {
  if (lines.length === 0) return
  orFileError('write', path, () => {
    appendFileSync(path, lines.map(textOf).join(''))
  })
}

/** Waits until what was appended is on the disk. */
export const syncLines = (path: string): void => {
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

function parseLine<Line extends StepLine>(
  { schema }: StepLines<Line>,
  text: string | undefined,
): Line | undefined {
  try {
    return text === undefined ? undefined : parseJsonAs(text, schema)
  } catch {
    return undefined
  }
}

/** The lines one by one: a run of weeks has millions. What a kill has torn off at the end is passed over. */
export function* linesIn<Line extends StepLine>(
  path: string,
  kind: StepLines<Line>,
): Generator<Line | 'damaged', void> {
  if (!isThere(path)) return
  for (const { text, isWhole } of linesOf(path, LONGEST_LINE))
    if (isWhole) yield parseLine(kind, text) ?? 'damaged'
}

export function* soundLinesIn<Line extends StepLine>(
  path: string,
  kind: StepLines<Line>,
): Generator<Line, void> {
  for (const line of linesIn(path, kind)) if (line !== 'damaged') yield line
}

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { complaintsOfText, firstLine } from '../complaints.ts'
import { STOPPED_AT } from './base.ts'
import type { Outcome } from '../cases.ts'
import type { Planned } from './plan.ts'

/** How a command ended: in a process of its own, or in one that runs many. */
export interface Ending {
  readonly code: number | undefined
  /** How the process ended, where it should not have. */
  readonly death: string | undefined
  readonly milliseconds: number
  /** Of memory, above what the process held before; undefined where that is not known. */
  readonly megabytes: number | undefined
  readonly output: string
}

const lineSchema = z.looseObject({
  step: z.int().positive(),
  epoch: z.number(),
  rate: z.number(),
  losses: z.record(z.string(), z.number()),
  imagesPerSecond: z.number(),
})

const MOST_MS = 5000
const MOST_MB = 500

/** What a command made, to be compared: the bits of a checkpoint, or else what it printed. */
export function resultIn(folder: string, output: string): string {
  const paths = [`${folder}.new`, folder].map((run) => join(run, 'checkpoint.safetensors'))
  const found = paths.find((path) => existsSync(path))
  const named = output.replaceAll(folder, 'COPY').replaceAll(/\b\d+(\.\d+)? (s|ms|min)\b.*/g, '')
  return output.includes('accuracy') || output.includes('cosine') || found === undefined
    ? named
    : readFileSync(found, 'latin1')
}

/** What a line of metrics says; a line that says nothing, as it is. A step that is done again is forgotten. */
function meaning(line: string): string | undefined {
  try {
    const { step, epoch, rate, losses, imagesPerSecond } = lineSchema.parse(JSON.parse(line))
    return step > STOPPED_AT ? undefined : JSON.stringify([step, epoch, rate, losses, imagesPerSecond])
  } catch {
    return line.trim()
  }
}

const meanings = (lines: readonly string[]): string[] => lines.flatMap((line) => meaning(line) ?? [])

/** Lines of the old file that are in no file of the run: the damaged ones must be kept, if only aside. */
function lostLines(before: string, folder: string): number {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile())
  const texts = files.map(({ name }) => readFileSync(join(folder, name), 'utf8'))
  const after = new Set(texts.flatMap((text) => meanings(text.split('\n'))))
  // A last line without an end is one that a kill has torn.
  const lines = before.split('\n').slice(0, -1)
  return meanings(lines).filter((each) => each !== '' && !after.has(each)).length
}

export interface Judged {
  readonly planned: Planned
  readonly folder: string
  readonly ending: Ending
  /** What the same command makes of an unchanged copy. */
  readonly reference: string
  /** The changed metrics.jsonl, before the run went on. */
  readonly metrics: string | undefined
}

export function judge({ planned, folder, ending, reference, metrics }: Judged): Outcome {
  const { code, death, milliseconds, megabytes, output } = ending
  const problems = complaintsOfText(output)
  if (death !== undefined) problems.push(death)
  else if (megabytes !== undefined && milliseconds > MOST_MS)
    problems.push(`it took ${(milliseconds / 1000).toFixed(1)} s`)
  if (megabytes !== undefined && megabytes > MOST_MB) problems.push(`it took ${Math.round(megabytes)} MB`)
  if (code !== undefined && code !== 0 && code !== 1) problems.push(`exit code ${code}`)
  if (code === 1 && firstLine(output) === '') problems.push('exit code 1 without a word')
  const same = code === 0 && !planned.odd && resultIn(folder, output) === reference
  if (code === 0 && !same && planned.sealed) problems.push('accepted, and it led to another result')
  if (code === 0 && metrics !== undefined) {
    const lost = lostLines(metrics, folder)
    if (lost > 0) problems.push(`${lost} lines of metrics are gone`)
  }
  const kind = code === 0 ? (same ? 'same result' : 'other result') : code === 1 ? 'refused' : 'other end'
  const told = code === 0 ? '' : `: ${firstLine(output)}`
  return { counts: { [kind]: 1 }, violations: problems.length > 0 ? [`${problems.join(', ')}${told}`] : [] }
}

import { linkSync, renameSync } from 'node:fs'
import { writeAtomically } from './atomic.ts'
import { orFileError } from '../../src/base/file-error.ts'
import { isThere } from '../../src/base/file-kind.ts'
import { metricsLines } from './metrics.ts'
import { linesIn, soundLinesIn, textOf, type StepLine, type StepLines } from './step-lines.ts'

function* upTo<Line extends StepLine>(step: number, lines: Iterable<Line>): Generator<Line, void> {
  for (const line of lines) if (line.step <= step) yield line
}

/** What a file is, as far as a run that has done some steps is concerned. */
interface Survey {
  /** Numbers (from 1) of the lines that are none. */
  readonly damaged: readonly number[]
  readonly inOrder: boolean
  /** Of steps that are done. */
  readonly count: number
}

function survey<Line extends StepLine>(path: string, kind: StepLines<Line>, step: number): Survey {
  const damaged: number[] = []
  let number = 0
  let count = 0
  let last = -1
  let inOrder = true
  for (const line of linesIn(path, kind)) {
    number++
    if (line === 'damaged') damaged.push(number)
    else if (line.step <= step) {
      inOrder &&= line.step > last
      last = line.step
      count++
    }
  }
  return { damaged, inOrder, count }
}

/** What does not agree with a run that has done `step` steps: told in words. */
function complaints({ damaged, inOrder }: Survey, lost: string | undefined): string[] {
  return [
    ...(damaged.length > 0
      ? [`damaged at line ${damaged.slice(0, 3).join(', ')}${damaged.length > 3 ? ', …' : ''}`]
      : []),
    ...(lost === undefined ? [] : [lost]),
    ...(inOrder ? [] : ['not in the order of the steps']),
  ]
}

/** Each step once, in order; of one that is there twice the last line. Only what is in disorder comes into memory. */
function inOrder<Line extends StepLine>(path: string, kind: StepLines<Line>, step: number): readonly Line[] {
  const byStep = new Map([...upTo(step, soundLinesIn(path, kind))].map((line) => [line.step, line]))
  return [...byStep.values()].sort((a, b) => a.step - b.step)
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
 *
 * @param isOneAStep whether the file has a line of every step
 */
export function truncateLines<Line extends StepLine>(
  path: string,
  kind: StepLines<Line> & { readonly isOneAStep: boolean },
  step: number,
  onNotice: (notice: string) => void,
): void {
  const found = survey(path, kind, step)
  const sorted = found.inOrder ? undefined : inOrder(path, kind, step)
  const missing = kind.isOneAStep ? step - (sorted?.length ?? found.count) : 0
  const lost = missing > 0 ? `without ${missing} of the ${step} steps before the checkpoint` : undefined
  const wrong = complaints(found, lost)
  if (wrong.length > 0 && isThere(path)) {
    const aside = nameAside(path)
    orFileError('write', aside, () => {
      keepAside(path, aside)
    })
    onNotice(`${path} is ${wrong.join(', ')}: it is kept as ${aside}, and its sound lines go on`)
    writeLines(path, sorted ?? upTo(step, soundLinesIn(aside, kind)))
    return
  }
  if (step > 0 && !isThere(path))
    onNotice(`${path} is gone: ${kind.what} of the first ${step} steps are lost`)
  writeLines(path, sorted ?? upTo(step, soundLinesIn(path, kind)))
}

/** Of `metrics.jsonl`. */
export const truncateMetrics = (path: string, step: number, onNotice: (notice: string) => void): void => {
  truncateLines(path, { ...metricsLines, isOneAStep: true }, step, onNotice)
}

const writeLines = (path: string, lines: Iterable<StepLine>): void => {
  writeAtomically(path, texts(lines))
}

/** Many lines a piece: each is a call of the system. */
function* texts(lines: Iterable<StepLine>): Generator<string, void> {
  let piece = ''
  for (const line of lines) {
    piece += textOf(line)
    if (piece.length < 64 * 1024) continue
    yield piece
    piece = ''
  }
  yield piece
}

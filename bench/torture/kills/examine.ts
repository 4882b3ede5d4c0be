import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { readEvents, scalarsOf } from '../../../test/support/event-file.ts'
import { isDeepStrictEqual } from 'node:util'
import { loadCheckpoint } from '../../../runtime/files/checkpoint.ts'
import { readMetrics } from '../../../runtime/files/metrics.ts'
import { runFiles } from '../../../runtime/files/run-folder.ts'
import { eventFilesIn } from '../../../runtime/files/tensorboard/own-files.ts'
import type { Bundle } from '../../../src/bundle/bundle.ts'

/** What an undisturbed run left. */
export interface Reference {
  readonly checkpoint: Buffer
  /** Lines of metrics.jsonl, without what depends on time. */
  readonly metrics: readonly string[]
  /** Of probes.jsonl, likewise. */
  readonly probes: readonly string[]
  readonly names: readonly string[]
}

const withoutTime = (line: string): string =>
  line.replace(/,"imagesPerSecond":.*(?=\}$)/, '').replace(/,"time":[\d.]+,"milliseconds":[\d.]+/, '')
const linesIn = (path: string): string[] =>
  existsSync(path) ? readFileSync(path, 'utf8').split('\n').map(withoutTime) : ['']
const metricsOf = (folder: string): string[] => linesIn(runFiles(folder).metrics)
const probesOf = (folder: string): string[] => linesIn(runFiles(folder).probes)
/** But for files of events, whose names are times. */
function namesIn(folder: string): string[] {
  const events = eventFilesIn(folder).map((path) => basename(path))
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !events.includes(name))
    .sort()
}

export const referenceOf = (folder: string): Reference => ({
  checkpoint: readFileSync(runFiles(folder).checkpoint),
  metrics: metricsOf(folder),
  probes: probesOf(folder),
  names: namesIn(folder),
})

const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`

/** How the lines differ from those of the undisturbed run: lost, doubled, or of other values. */
function lineProblems(what: string, found: readonly string[], wanted: readonly string[]): string[] {
  if (found.join('\n') === wanted.join('\n')) return []
  const lost = wanted.filter((line) => !found.includes(line)).length
  const doubled = found.length - new Set(found).size
  const foreign = found.filter((line) => !wanted.includes(line)).length
  return [
    `${what}: ${count(lost, 'line')} lost, ${doubled} doubled, ${foreign} of no step of the undisturbed run`,
  ]
}

/** The events tell each step once, with the losses that the metrics have. */
function eventProblems(folder: string): string[] {
  try {
    const told = Object.entries(scalarsOf(eventFilesIn(folder).flatMap(readEvents)))
    const losses = Object.fromEntries(told.filter(([tag]) => tag.startsWith('loss/')))
    const wanted: Record<string, [number, number][]> = {}
    for (const line of readMetrics(runFiles(folder).metrics))
      for (const [layer, loss] of Object.entries(line.losses))
        (wanted[`loss/${layer}`] ??= []).push([line.step, Math.fround(loss)])
    return isDeepStrictEqual(losses, wanted) ? [] : ['the events have other steps or losses than the metrics']
  } catch (error) {
    return [`the events cannot be read: ${error instanceof Error ? error.message : String(error)}`]
  }
}

/** What is wrong with a run that has come to its end. */
export function problemsAtTheEnd(folder: string, reference: Reference): string[] {
  const { checkpoint } = runFiles(folder)
  const problems: string[] = []
  if (!existsSync(checkpoint)) problems.push('no checkpoint')
  else if (!readFileSync(checkpoint).equals(reference.checkpoint))
    problems.push('the checkpoint has other bits')
  problems.push(
    ...lineProblems('metrics.jsonl', metricsOf(folder), reference.metrics),
    ...lineProblems('probes.jsonl', probesOf(folder), reference.probes),
    ...eventProblems(folder),
  )
  const foreign = namesIn(folder).filter((name) => !reference.names.includes(name))
  if (foreign.length > 0) problems.push(`the folder also holds ${foreign.join(', ')}`)
  return problems
}

/** Looks at a run between its beginning and its end, where it may have been killed. */
export class Watched {
  private readonly folder: string
  private readonly bundle: Bundle
  private readonly reference: Reference
  /** Steps of the last checkpoint that was seen. */
  private step = 0

  constructor(folder: string, bundle: Bundle, reference: Reference) {
    this.folder = folder
    this.bundle = bundle
    this.reference = reference
  }

  /** What is wrong with the run as a kill has left it. */
  problems(): string[] {
    return [...this.checkpointProblems(), ...this.lineProblems()]
  }

  /** The checkpoint is whole at any moment, and never an older one. */
  checkpointProblems(): string[] {
    const { checkpoint } = runFiles(this.folder)
    if (!existsSync(checkpoint)) return this.step > 0 ? [`the checkpoint of step ${this.step} is gone`] : []
    try {
      const { step } = loadCheckpoint(checkpoint, this.bundle)
      if (step < this.step) return [`the checkpoint went back from step ${this.step} to ${step}`]
      this.step = step
      return []
    } catch (error) {
      return [`the checkpoint cannot be read: ${error instanceof Error ? error.message : String(error)}`]
    }
  }

  /** All lines but one that was torn are those of the undisturbed run, in their order. */
  private lineProblems(): string[] {
    const { metrics, probes } = this.reference
    const problemsOf = (what: string, found: readonly string[], wanted: readonly string[]) => {
      const whole = found.slice(0, -1)
      const same = whole.every((line, i) => line === wanted[i])
      return same ? [] : lineProblems(what, whole, wanted.slice(0, whole.length))
    }
    return [
      ...problemsOf('metrics.jsonl', metricsOf(this.folder), metrics),
      ...problemsOf('probes.jsonl', probesOf(this.folder), probes),
    ]
  }
}

export const hasRun = (folder: string): boolean => existsSync(runFiles(folder).record)
export const isWriting = (folder: string): boolean =>
  existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.partial'))
export const hasBegun = (folder: string): boolean => existsSync(join(folder, 'metrics.jsonl'))

import { availableCores } from '../../base/cores.ts'
import { UserError } from '../../base/error.ts'
import { workersOf, type Division } from '../../../runtime/train/parallel.ts'
import { gridOf, namePrograms, type SweptRun } from './grid.ts'
import { readSweep, type RecordedRun, type SweepRecord } from './record.ts'
import { requireSameSettings, type Flags } from './settings.ts'
import type { Over } from './axes.ts'

/** Threads of a run that have operations of their own: of shards, as many as there are, where nothing is said one per core. */
export const threadsOfRun = (division: Division & { readonly shards?: number | undefined }): number =>
  workersOf(division) ?? division.shards ?? availableCores()

/** What a command asks of a sweep. */
export interface Asked {
  readonly out: string
  readonly programs: readonly string[]
  readonly over: Over
  readonly seeds: readonly number[]
  readonly fixed: Flags
  readonly jobs: number
  readonly workers: number
  /** Undefined: as many as there are for each job. */
  readonly threads: number | undefined
}

export interface SweepPlan {
  /** Of the sweep as it is from now on: with what it had, and what is new. */
  readonly record: SweepRecord
  /** The names of those runs that are asked for now. */
  readonly asked: ReadonlySet<string>
  /** Those that it had not before, and whether it had some. */
  readonly added: readonly RecordedRun[]
  readonly isExtended: boolean
}

/**
 * Puts what is asked for beside what is there: new seeds, values and programs extend a sweep.
 *
 * @throws UserError ('SweepError') where its runs would not be made alike
 */
export function planSweep(asked: Asked): SweepPlan {
  const { out, fixed, jobs, workers } = asked
  const before = readSweep(out)
  if (before) requireSameSettings(out, before.settings, fixed)
  if (before && asked.threads !== undefined && asked.threads !== before.threads)
    throw new UserError(
      'SweepError',
      `${out} was begun with ${before.threads} threads, not ${asked.threads}`,
      {
        help: 'They may change last bits: leave --threads out, or choose another folder for --out.',
      },
    )
  const threads =
    before?.threads ?? asked.threads ?? Math.max(1, Math.floor(availableCores() / jobs / workers))
  const named = namePrograms(asked.programs, before?.programs ?? [])
  const grid = gridOf({ programs: named, over: asked.over, seeds: asked.seeds })
  const known = before ? before.runs : []
  const added = grid.filter(({ name }) => known.every((run) => run.name !== name)).map(recorded)
  const programs = [...(before?.programs ?? []), ...named.filter(({ path }) => !isKnown(before, path))]
  return {
    record: {
      ...{ settings: { ...fixed }, threads, programs, runs: [...known, ...added] },
      ...(before?.server ? { server: before.server } : {}),
    },
    asked: new Set(grid.map(({ name }) => name)),
    added,
    isExtended: before !== undefined && added.length > 0,
  }
}

const isKnown = (before: SweepRecord | undefined, path: string): boolean =>
  before?.programs.some((program) => program.path === path) === true

const recorded = ({ name, program, options, seed }: SweptRun): RecordedRun => ({
  ...{ name, program, options: { ...options }, seed },
})

import { join } from 'node:path'
import { z } from 'zod'
import { listOf, plainName, recordOf } from '../../base/strangers.ts'
import { UserError } from '../../base/error.ts'
import { isThere } from '../../base/file-kind.ts'
import { jsonText } from '../../base/printable.ts'
import { readFigures } from '../report/probe-file.ts'
import { writeAtomically } from '../../../runtime/files/atomic.ts'
import { openRun, runFiles } from '../../../runtime/files/run-folder.ts'
import { present } from '../../base/lists.ts'
import { finishedCheckpoint } from '../run/same-run.ts'
import { canonical } from './axes.ts'

const texts = recordOf(z.string())
const runSchema = z.strictObject({
  name: z.string().regex(/^[\w+=][\w.+=-]*$/),
  program: z.string(),
  options: texts,
  seed: z.int().nonnegative(),
  /** Where it is done: of which checkpoint, judged how, and of which program. */
  done: z.strictObject({ checkpoint: z.string(), judged: z.string(), identity: z.string() }).optional(),
  /** Where a worker has made it: which one came to its end, and how many had taken it by then. */
  made: z.strictObject({ worker: plainName, attempts: z.int().nonnegative() }).optional(),
  /** Where it is on a server: the SHA-256 of what was published of it. */
  published: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
})
const recordSchema = z.strictObject({
  format: z.literal('hebb-sweep'),
  version: z.literal(1),
  /** Flags of every run that its bits depend on, as words; those without a value have an empty one. */
  settings: texts,
  /** Of an operation, in every run: they may change last bits. */
  threads: z.int().positive(),
  programs: listOf(z.strictObject({ name: z.string(), path: z.string() })),
  /** All that were asked for so far. */
  runs: listOf(runSchema),
  /** Where its runs are made, while they are made by workers: the server, without credentials, and what it knows them by. */
  server: z
    .strictObject({
      url: plainName,
      job: z.string().regex(/^[\w-]{1,64}$/),
      /** Flags that say how runs are judged, by which they go on where only the sweep is named. */
      judging: texts,
    })
    .optional(),
})

/** What `sweep.json` says: what a sweep is, and how far. */
export type SweepRecord = Omit<z.infer<typeof recordSchema>, 'format' | 'version'>
export type RecordedRun = SweepRecord['runs'][number]
export type SweepServer = NonNullable<SweepRecord['server']>

export const sweepFiles = (folder: string) => ({
  record: join(folder, 'sweep.json'),
  table: join(folder, 'sweep.csv'),
})

export const runFolder = (sweep: string, { name }: Pick<RecordedRun, 'name'>): string => join(sweep, name)
/** What a run of a sweep says while it is made, beside its folder. */
export const logOf = (sweep: string, { name }: Pick<RecordedRun, 'name'>): string =>
  join(sweep, `${name}.log`)

/** Undefined where there is none. @throws UserError ('FileError') where it is damaged, or something else */
export const readSweep = (folder: string): SweepRecord | undefined =>
  readFigures(sweepFiles(folder).record, recordSchema, 'hebb sweep')

export function writeSweep(folder: string, record: SweepRecord): void {
  const whole: z.infer<typeof recordSchema> = { format: 'hebb-sweep', version: 1, ...record }
  writeAtomically(sweepFiles(folder).record, [`${jsonText(whole)}\n`])
}

/** Folders of the runs of a sweep that have begun. */
export const begunRuns = (sweep: string): string[] =>
  (readSweep(sweep)?.runs ?? [])
    .map((run) => runFolder(sweep, run))
    .filter((folder) => isThere(runFiles(folder).record))

/** The runs that a path names: those of a sweep that have begun, or itself. @throws UserError where none has */
export function runFolders(path: string): string[] {
  if (!isThere(sweepFiles(path).record)) return [path]
  const begun = begunRuns(path)
  if (begun.length > 0) return begun
  throw new UserError('SweepError', `no run of ${path} has begun`, { help: 'Go on with the sweep first.' })
}

/** A sweep with what is known by now of one of its runs. */
export const withRun = (sweep: SweepRecord, run: RecordedRun): SweepRecord => ({
  ...sweep,
  runs: sweep.runs.map((each) => (each.name === run.name ? run : each)),
})

/** What is written down of a run that has come to its end. */
export function doneOf(folder: string, judged: string): NonNullable<RecordedRun['done']> {
  const run = openRun(folder)
  const checkpoint = present(finishedCheckpoint(run), `the last checkpoint of ${folder}`)
  return { checkpoint, judged, identity: run.record.identity }
}

/** The same for all runs of a program at the same options, which are of the same mathematics. */
const mathematicsOf = ({ program, options }: RecordedRun): string =>
  JSON.stringify([program, Object.entries(options).map(([name, value]) => [name, canonical(value)])])

/** What the program of a run has to be, where another run of it has told. */
export function identityOf({ runs }: SweepRecord, run: RecordedRun): string | undefined {
  const key = mathematicsOf(run)
  return runs.find((each) => each.done && mathematicsOf(each) === key)?.done?.identity
}

/** Whether a run is as it was when it was done, and judged as is asked. */
export function isDone(sweep: string, run: RecordedRun, judged: string): boolean {
  const folder = runFolder(sweep, run)
  if (run.done?.judged !== judged || !isThere(runFiles(folder).record)) return false
  return finishedCheckpoint(openRun(folder)) === run.done.checkpoint
}

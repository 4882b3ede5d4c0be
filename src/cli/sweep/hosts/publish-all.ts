import { runFiles } from '../../../../runtime/files/run-folder.ts'
import { UserError } from '../../../base/error.ts'
import { isThere } from '../../../base/file-kind.ts'
import { untilFree } from '../child.ts'
import { isDone, logOf, runFolder, writeSweep, type RecordedRun, type SweepRecord } from '../record.ts'
import { tell } from '../../shown.ts'
import { wordsOf } from '../settings.ts'
import { isFinished } from './collect.ts'
import { Publisher, type Begun, type Publishing } from './publish.ts'
import type { Prepared, Preparing } from '../prepare.ts'
import type { Request } from '../request.ts'

export interface PublishAllOptions extends Omit<Publishing, 'out' | 'all'> {
  readonly sweep: SweepRecord
  readonly wanted: readonly RecordedRun[]
  readonly preparing: Preparing
  /** Aborted where it is to stop, with the run that it is at. */
  readonly signal: AbortSignal
}

/** What came of it. */
export interface PublishedAll {
  /** With what was published noted. */
  readonly sweep: SweepRecord
  /** How many are there now, of how many that were to be. */
  readonly published: number
  readonly of: number
  readonly isStopped: boolean
  /** Why others are not, by their names: as on one machine, they stop no others. */
  readonly failures: ReadonlyMap<string, string>
}

/** How often what was published is written down meanwhile. */
const NOTE_MS = 1000

/**
 * Publishes all runs that are to be made, each program compiled once.
 *
 * @throws UserError ('ServerError')
 */
export async function publishAll(
  { flags, settings }: Request,
  { sweep, wanted, preparing, signal, ...publishing }: PublishAllOptions,
): Promise<PublishedAll> {
  const { out } = flags
  const judged = wordsOf(settings.judging).join(' ')
  const failures = new Map<string, string>()
  const publisher = await Publisher.open({ ...publishing, out, all: sweep.runs })
  const toPublish = wanted.filter((run) => !isDone(out, run, judged) && !isFinished(out, run))
  const noted = new Map<string, RecordedRun>()
  const now = () => ({ ...sweep, runs: sweep.runs.map((run) => noted.get(run.name) ?? run) })
  let [published, last] = [0, performance.now()]
  try {
    for (const run of toPublish) {
      if (isStopped(signal)) break
      const prepared = await preparedOrWhy(run, () => preparing.of(run, sweep), publisher)
      if (typeof prepared === 'string') failures.set(run.name, prepared)
      else {
        const digest = await publisher.publish(run, prepared, await begunHere(out, run))
        noted.set(run.name, { ...run, ...digest })
        published++
      }
      if (performance.now() - last < NOTE_MS) continue
      writeSweep(out, now())
      last = performance.now()
    }
  } finally {
    writeSweep(out, now())
  }
  return { sweep: now(), published, of: toPublish.length, isStopped: isStopped(signal), failures }
}

/** It is aborted while something is waited for. */
const isStopped = (signal: AbortSignal): boolean => signal.aborted

/** What a user has to mend of one run is told of that run. */
async function preparedOrWhy(
  run: RecordedRun,
  prepare: () => Promise<Prepared>,
  publisher: Publisher,
): Promise<Prepared | string> {
  try {
    const prepared = await prepare()
    publisher.requireSame(run, prepared)
    return prepared
  } catch (error) {
    if (error instanceof UserError) return `${error.name}: ${error.message}`
    throw error
  }
}

/** Where a run began here that others go on with. */
async function begunHere(out: string, run: RecordedRun): Promise<Begun | undefined> {
  const folder = runFolder(out, run)
  if (!isThere(runFiles(folder).record)) return undefined
  await untilFree(folder, new AbortController().signal, (pid) => {
    tell(`${run.name}: waiting for process ${pid}, which still has it`)
  })
  return { folder, log: logOf(out, run) }
}

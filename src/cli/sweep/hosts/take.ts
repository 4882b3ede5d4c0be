import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { removeRun, openRun, runFiles } from '../../../../runtime/files/run-folder.ts'
import { namesIn } from '../../../../runtime/files/run-files.ts'
import { writeAtomically } from '../../../../runtime/files/atomic.ts'
import { writeRecord } from '../../../../runtime/files/run-record.ts'
import { storeOf } from '../../../../runtime/hosts/files.ts'
import { fileBucket, RECORD_BUCKET } from '../../../../runtime/hosts/names.ts'
import { recordOfRun } from '../../../../runtime/hosts/run-records.ts'
import { getBundle, getRun } from '../../../../runtime/hosts/restore.ts'
import { requirePlausible } from '../../../../runtime/hosts/plausible.ts'
import { loadBundle } from '../../../bundle/load-bundle.ts'
import { UserError } from '../../../base/error.ts'
import { orFileError } from '../../../base/file-error.ts'
import { isThere, kindOf } from '../../../base/file-kind.ts'
import { makeFolder } from '../../../base/make-folder.ts'
import { jsonText } from '../../../base/printable.ts'
import { readTextFile } from '../../../base/regular-file.ts'
import { parseStrictJson } from '../../../base/strict-json.ts'
import { figuresSize, MOST_VALUES } from '../../report/probe-file.ts'
import { reportFiles } from '../../report/report-files.ts'
import { readProbe } from '../../report/results.ts'
import { isOfMachine } from '../../work/fault.ts'
import { finishedCheckpoint } from '../../run/same-run.ts'
import type { AgainOptions } from '../../../../runtime/hosts/passing.ts'
import type { RunJob } from '../../../../runtime/hosts/run-job.ts'
import type { Server } from '../../../../runtime/hosts/server.ts'
import type { Bundle } from '../../../bundle/bundle.ts'

/** Fetches runs that workers have made: each comes whole or not at all, and is then as `hebb run` would have made it here. */

export interface TakeOptions {
  readonly server: Server
  /** The run's key on the server. */
  readonly record: string
  /** Where it goes. */
  readonly folder: string
  /** Where its images lie here, as records of runs have it. */
  readonly data: string
  /** The command that would have made it here. */
  readonly command: readonly string[]
  /** Whether all of its steps are to be done; default: true. */
  readonly isWhole?: boolean
  readonly again: AgainOptions
}

/**
 * For who holds the lock of the sweep.
 *
 * @throws UserError ('ServerError') where what comes back is damaged, or another run; ('RunError') where this version cannot read
 *   it; ('FileError') where it cannot be written
 */
export async function takeRun(
  job: RunJob,
  { server, record, folder, isWhole = true, ...given }: TakeOptions,
): Promise<void> {
  const partial = `${folder}.fetched`
  const clear = () => {
    orFileError('write', partial, () => {
      rmSync(partial, { recursive: true, force: true })
    })
  }
  clear()
  try {
    makeFolder(partial)
    const store = await server.files(fileBucket(job.job))
    await getBundle(store, job.bundle, runFiles(partial).bundle, given.again)
    requirePlausible(job, bundleThere(partial).manifest)
    await getRun(storeOf(store, record), job.files, partial, given.again)
    requireRun(partial, job, isWhole)
    makeOurs(partial, given)
    // Of one that began here and was not finished, the other one has gone further.
    if (isThere(folder)) removeRun(folder)
    orFileError('write', folder, () => {
      if (isThere(folder)) moveInto(partial, folder)
      else renameSync(partial, folder)
    })
  } finally {
    clear()
  }
}

/**
 * What was fetched, to where things may lie that are no run's: notes of somebody's, the lock of a process that was killed.
 * The record comes last: where it is, the run is whole.
 */
function moveInto(from: string, to: string): void {
  const isRecord = (name: string) => Number(join(to, name) === runFiles(to).record)
  for (const name of namesIn(from).toSorted((a, b) => isRecord(a) - isRecord(b))) {
    const [source, target] = [join(from, name), join(to, name)]
    if (kindOf(source) === 'folder' && isThere(target)) moveInto(source, target)
    else renameSync(source, target)
  }
}

/** @throws UserError ('ServerError') where it is none */
function bundleThere(folder: string): Bundle {
  try {
    return loadBundle(runFiles(folder).bundle)
  } catch (error) {
    if (!(error instanceof UserError) || isOfMachine(`${error.name}: ${error.message}`)) throw error
    throw new UserError('ServerError', `its bundle on the server is none: ${error.problem}`)
  }
}

/** @throws UserError ('ServerError') where it is another run; ('RunError') where it cannot be read */
function requireRun(folder: string, job: RunJob, isWhole: boolean): void {
  if (isWanted(folder, job, isWhole)) return
  throw new UserError(
    'ServerError',
    `what ${job.worker ?? 'a worker'} calls ${job.name} is another run, or not all of it`,
    {
      help: 'Look at who may write on that server.',
    },
  )
}

/** A later version may have made it, which can be read there: it is left on the server. */
const unreadable = (job: RunJob, { problem }: UserError): UserError =>
  new UserError(
    'RunError',
    `what ${job.worker ?? 'a worker'} calls ${job.name} cannot be read here: ${problem}`,
    {
      help: `Watch with the version of hebb that the worker has; or, where it is worth nothing, remove it there, and give the command of the sweep again: nats kv del ${RECORD_BUCKET} ${recordOfRun(job)}`,
    },
  )

/** @throws UserError ('RunError') where that cannot be known */
function isWanted(folder: string, job: RunJob, isWhole: boolean): boolean {
  if (!isThere(runFiles(folder).record)) return false
  try {
    const run = openRun(folder)
    const { identity, seed, images, totalSteps } = run.record
    // Figures that nobody can read would be found out where they are judged, when the run is here.
    readProbe(folder)
    return (
      identity === job.bundle.identity &&
      seed === job.seed &&
      images === job.data.images &&
      totalSteps === job.steps &&
      (!isWhole || finishedCheckpoint(run) !== undefined)
    )
  } catch (error) {
    if (!(error instanceof UserError) || isOfMachine(`${error.name}: ${error.message}`)) throw error
    throw unreadable(job, error)
  }
}

/** Where the images lie, and how the run is made again, is another thing here than it was there. */
function makeOurs(folder: string, { data, command }: Pick<TakeOptions, 'data' | 'command'>): void {
  const { record } = openRun(folder)
  writeRecord(folder, { ...record, data, command: [...command] })
  // Of images without labels there are none.
  if (readProbe(folder) === undefined) return
  const { probe } = reportFiles(folder)
  const figures = parseStrictJson(readTextFile(probe, figuresSize), MOST_VALUES) as object
  writeAtomically(probe, [`${jsonText({ ...figures, data })}\n`])
}

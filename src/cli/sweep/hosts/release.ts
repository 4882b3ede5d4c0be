import { removeFile, storeOf, type StoredFile } from '../../../../runtime/hosts/files.ts'
import { fileBucket } from '../../../../runtime/hosts/names.ts'
import { recordOfRun, removeRuns } from '../../../../runtime/hosts/run-records.ts'
import { without } from '../../../base/without.ts'
import { writeSweep, type SweepRecord } from '../record.ts'
import type { AgainOptions } from '../../../../runtime/hosts/passing.ts'
import type { Records } from '../../../../runtime/hosts/records.ts'
import type { RunJob } from '../../../../runtime/hosts/run-job.ts'
import type { Server } from '../../../../runtime/hosts/server.ts'

/** Takes what is not wanted on the server any more from it: its disk is small beside all checkpoints of a sweep. */

interface ReleaseOptions {
  readonly server: Server
  readonly runs: Records<RunJob>
  readonly again: AgainOptions
}

/** A run, with its files. The record goes first: it names them. */
export async function releaseRun(job: RunJob, options: ReleaseOptions): Promise<void> {
  await options.runs.remove(recordOfRun(job))
  await removeRunFiles(job, options)
}

/** What its record names no more. */
export async function removeRunFiles(
  job: RunJob,
  { server, again }: Omit<ReleaseOptions, 'runs'>,
): Promise<void> {
  const record = recordOfRun(job)
  const store = storeOf(await server.files(fileBucket(job.job)), record)
  for (const part of ownFiles(job)) await removeFile(store, part, again)
}

/** What the record of a run names of its own. */
export const ownFiles = ({ files, said }: Pick<RunJob, 'files' | 'said'>): StoredFile[] => [
  ...files.flatMap(({ parts }) => parts),
  ...(said ? [said] : []),
]

/** All that is left of a sweep. @returns the sweep, which is on no server any more */
export async function releaseSweep(
  out: string,
  sweep: SweepRecord,
  { server, job }: { readonly server: Server; readonly job: string },
): Promise<SweepRecord> {
  await server.removeFiles(fileBucket(job))
  await removeRuns(server, job)
  const released = {
    ...without(sweep, 'server'),
    runs: sweep.runs.map((run) => without(run, 'published')),
  }
  writeSweep(out, released)
  return released
}

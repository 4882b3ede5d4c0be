import { removeFile, storeOf } from '../../../../runtime/hosts/files.ts'
import { fileBucket } from '../../../../runtime/hosts/names.ts'
import { recordOfRun, removeRuns } from '../../../../runtime/hosts/run-records.ts'
import { without } from '../../../base/without.ts'
import { writeSweep, type SweepRecord } from '../record.ts'
import type { AgainOptions } from '../../../../runtime/hosts/passing.ts'
import type { Records } from '../../../../runtime/hosts/records.ts'
import type { RunJob } from '../../../../runtime/hosts/run-job.ts'
import type { Server } from '../../../../runtime/hosts/server.ts'

/** Takes what is not wanted on the server any more from it: its disk is small beside all checkpoints of a sweep. */

/** A run, with its files. The record goes first: it names them. */
export async function releaseRun(
  job: RunJob,
  {
    server,
    runs,
    again,
  }: { readonly server: Server; readonly runs: Records<RunJob>; readonly again: AgainOptions },
): Promise<void> {
  const record = recordOfRun(job)
  await runs.remove(record)
  const store = storeOf(await server.files(fileBucket(job.job)), record)
  const said = job.said ? [job.said] : []
  for (const part of [...job.files.flatMap(({ parts }) => parts), ...said])
    await removeFile(store, part, again)
}

/** All that is left of a sweep. @returns the sweep, which is on no server any more */
export async function releaseSweep(
  out: string,
  sweep: SweepRecord,
  { server, job }: { readonly server: Server; readonly job: string },
): Promise<SweepRecord> {
  await server.removeFiles(fileBucket(job))
  await removeRuns(server, job)
  const released = without(sweep, 'server')
  writeSweep(out, released)
  return released
}

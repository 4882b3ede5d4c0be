import { createHash } from 'node:crypto'
import type { RunJob } from '../../../../runtime/hosts/run-job.ts'
import type { RecordedRun } from '../record.ts'

/** What was published of a run is remembered here: whoever may write on the server can make another thing of its record. */

/** SHA-256 of the part of a record that nobody changes while its run is made. */
export function digestOf(record: RunJob): string {
  const { job, name, bundle, provider, flags, seed, threads, steps, data } = record
  const parts = [
    ...[job, name, provider, seed, threads, steps, data.name, data.split, data.images, bundle.identity],
    bundle.files.map(({ path, sha256, bytes }) => [path, sha256, bytes]),
    Object.entries(flags).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** What all runs of a sweep have in common. */
export interface Common {
  readonly job: string
  readonly threads: number
}

/** Whether a record is that of a run, as far as that is known here: where publishing was broken off, no digest was noted. */
export function isOf(run: RecordedRun, record: RunJob, { job, threads }: Common): boolean {
  const { name, seed, published } = run
  const isAlike =
    record.job === job && record.name === name && record.seed === seed && record.threads === threads
  return isAlike && (published === undefined || digestOf(record) === published)
}

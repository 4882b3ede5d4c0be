import { createHash } from 'node:crypto'
import { layersJobSchema, type LayersJob } from './layers-job.ts'
import { LEASE_MS, RECORD_BUCKET, WORKER_BUCKET } from './names.ts'
import { unlessGone, untilAnswered, type AgainOptions } from './passing.ts'
import { Records } from './records.ts'
import { runJobSchema, workerSchema, type RunJob, type WorkerEntry } from './run-job.ts'
import { removing, type Server } from './server.ts'
import type { Bucket } from './stores.ts'

/** What the server's records of runs, groups of layers and workers are called, and where they lie. */

/** The record of a run of a sweep; keys of the server have fewer characters than names of runs. */
export const recordOfRun = ({ job, name }: Pick<RunJob, 'job' | 'name'>): string =>
  `${job}.${createHash('sha256').update(name).digest('hex').slice(0, 16)}`

/**
 * The id of the message that a waiting record is published with: published twice while nobody has written the record, it
 * is one message.
 */
export const messageOf = (record: string, revision: number): string => `${record}.${revision}`

export const openRuns = async (server: Server, again: AgainOptions = {}): Promise<Records<RunJob>> =>
  new Records(await server.bucket(RECORD_BUCKET), runJobSchema, again)

export const openLayers = async (server: Server, again: AgainOptions = {}): Promise<Records<LayersJob>> =>
  new Records(await server.bucket(RECORD_BUCKET), layersJobSchema, again)

export const openWorkers = async (server: Server, again: AgainOptions = {}): Promise<Records<WorkerEntry>> =>
  new Records(await server.bucket(WORKER_BUCKET), workerSchema, again)

/** For who publishes: where there is no bucket of records yet, it is made. */
export const makeRecords = (server: Server): Promise<Bucket> => server.makeBucket(RECORD_BUCKET)

/** The same for workers. Entries go where a worker has not written its own for a lease, whatever lease it has its runs for. */
export const makeWorkers = (server: Server): Promise<Bucket> =>
  server.makeBucket(WORKER_BUCKET, { expiry: LEASE_MS })

/** Removes all records of a sweep. Whoever makes one of its runs loses it. */
export async function removeRuns({ manager }: Server, job: string): Promise<void> {
  const filter = `$KV.${RECORD_BUCKET}.${job}.>`
  await untilAnswered(
    () => manager.streams.purge(`KV_${RECORD_BUCKET}`, { filter }).catch(unlessGone),
    removing,
  )
}

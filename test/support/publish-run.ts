import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { readRecord } from '../../runtime/files/run-record.ts'
import { putFile, storeOf } from '../../runtime/hosts/files.ts'
import { untaken } from '../../runtime/hosts/job.ts'
import { fileBucket, PROTOCOL } from '../../runtime/hosts/names.ts'
import { getRun } from '../../runtime/hosts/restore.ts'
import { makeRecords, openRuns, recordOfRun } from '../../runtime/hosts/run-records.ts'
import { publishTask } from '../../runtime/hosts/work.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import type { Held } from '../../runtime/hosts/records.ts'
import type { RunJob } from '../../runtime/hosts/run-job.ts'
import type { Server } from '../../runtime/hosts/server.ts'

/** Runs on a server, for tests. */

export interface Published {
  readonly key: string
  readonly get: () => Promise<RunJob>
  /** Waits until it is so. */
  readonly until: (isSo: (run: RunJob) => boolean) => Promise<RunJob>
  readonly held: () => Promise<Held<RunJob>>
  /** Puts its message into the queue once more. */
  readonly publishAgain: () => Promise<void>
  /** Its files, into a folder. */
  readonly collect: (folder: string) => Promise<void>
}

/**
 * Publishes a run that is to be like one that was made here.
 *
 * @param like its folder, with the bundle that it was made of
 * @param change what is otherwise in its record
 */
export async function publishRun(
  server: Server,
  like: string,
  flags: RunJob['flags'],
  change: (run: RunJob) => RunJob = (run) => run,
): Promise<Published> {
  const record = readRecord(like)
  const place = join(like, 'bundle')
  const job = `test-${randomBytes(4).toString('hex')}`
  const store = await server.makeFiles(fileBucket(job))
  const files = []
  for (const path of readdirSync(place)) files.push({ path, ...(await putFile(store, join(place, path))) })
  const run = change({
    ...{ protocol: PROTOCOL, kind: 'run', job, name: `mine_seed=${record.seed}`, provider: 'cpu', flags },
    bundle: { identity: loadBundle(place).identity, files },
    ...{ seed: record.seed, threads: record.threads, steps: record.totalSteps },
    data: { name: record.dataset.name, split: record.split, images: record.images },
    ...untaken,
    ...{ step: 0, files: [] },
  })
  await makeRecords(server)
  const runs = await openRuns(server)
  const key = recordOfRun(run)
  await runs.create(key, run)
  const publishAgain = () =>
    publishTask(server, 'cpu', { record: key }, { id: randomBytes(8).toString('hex') })
  await publishAgain()
  const held = async () => {
    const found = await runs.get(key)
    if (!found) throw new Error(`there is no ${key}`)
    return found
  }
  const get = async () => (await held()).value
  return {
    ...{ key, held, get, publishAgain },
    until: async (isSo) => {
      for (;;) {
        const now = await get()
        if (isSo(now)) return now
        await setTimeout(50)
      }
    },
    collect: async (folder) => getRun(storeOf(store, key), (await get()).files, folder),
  }
}

import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../base/error.ts'
import { present } from '../../base/lists.ts'
import { makeFolder } from '../../base/make-folder.ts'
import { namedFiles } from '../../bundle/load-bundle.ts'
import { copyAtomically, writeAtomically } from '../../../runtime/files/atomic.ts'
import { runFiles } from '../../../runtime/files/run-folder.ts'
import { storeOf } from '../../../runtime/hosts/files.ts'
import { fileBucket } from '../../../runtime/hosts/names.ts'
import { requirePlausible } from '../../../runtime/hosts/plausible.ts'
import { getRun } from '../../../runtime/hosts/restore.ts'
import { getSaid } from '../../../runtime/hosts/said.ts'
import { RunUploads } from '../../../runtime/hosts/snapshot.ts'
import { startChild, type Child } from '../sweep/child.ts'
import { endRun } from './end-run.ts'
import { tellBegun } from './end-task.ts'
import { follow } from './follow.ts'
import { threadsOf, wordsOf } from './words.ts'
import type { Lease } from '../../../runtime/hosts/lease.ts'
import type { RunJob } from '../../../runtime/hosts/run-job.ts'
import type { Ready } from './ready.ts'
import type { Outcome, Slot, Worker } from './worker.ts'

/**
 * Makes a run, or goes on with it, as `hebb run` in a process of its own, and puts each checkpoint on the server.
 *
 * @throws LeaseLost, or why the worker is over; then nothing is left of it here
 */
export async function makeRun(
  worker: Worker,
  slot: Slot,
  lease: Lease<RunJob>,
  { bundle, data }: Ready,
): Promise<Outcome> {
  const place = join(worker.folder, `run-${randomBytes(6).toString('hex')}`)
  const [folder, log] = [join(place, 'run'), join(place, 'log')]
  const { value, key } = lease
  const again = { ...worker.again, signal: lease.signal }
  const store = storeOf(await worker.server.files(fileBucket(value.job)), key)
  const uploads = new RunUploads(store, folder, join(place, 'sent'), again)
  const making = { worker, lease, folder, uploads, store, log }
  let child: Child | undefined
  try {
    makeFolder(place)
    if (value.files.length > 0) {
      requirePlausible(value, bundle.bundle.manifest)
      placeBundle(bundle.folder, runFiles(folder).bundle)
      await getRun(store, value.files, folder, again)
    }
    if (value.said) writeAtomically(log, [await getSaid(store, value.said, again)])
    tellBegun(lease)
    worker.presence.begin(key, folder)
    const words = wordsOf(value, {
      ...slot,
      bundle: bundle.folder,
      data: present(data, 'where its images are'),
      out: folder,
    })
    child = startChild(words, { log, workers: threadsOf(value) })
    return await endRun(making, await follow(making, child))
  } catch (error) {
    if (!(error instanceof UserError) || lease.signal.aborted) throw error
    return await endRun(making, { code: 1, by: null, reason: `${error.name}: ${error.message}` })
  } finally {
    child?.kill('SIGKILL')
    await child?.ended
    worker.presence.end(key)
    rmSync(place, { recursive: true, force: true })
  }
}

/** The bundle of a run that goes on: its graphs are never written to, so second names will do. */
function placeBundle(from: string, to: string): void {
  makeFolder(to)
  for (const name of namedFiles(from)) copyAtomically(join(from, name), join(to, name))
}

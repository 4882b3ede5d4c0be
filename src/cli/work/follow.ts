import { setTimeout } from 'node:timers/promises'
import { UserError } from '../../base/error.ts'
import { isThere } from '../../base/file-kind.ts'
import { runFiles } from '../../../runtime/files/run-folder.ts'
import { readRecord } from '../../../runtime/files/run-record.ts'
import { furthered } from '../../../runtime/hosts/job.ts'
import { removeFile, type FileStore } from '../../../runtime/hosts/files.ts'
import { putSaid } from '../../../runtime/hosts/said.ts'
import { checkpointStamp, type RunUploads } from '../../../runtime/hosts/snapshot.ts'
import { Ending } from '../../../runtime/workers/thread/ending.ts'
import { passOn, type Child, type ChildEnd } from '../sweep/child.ts'
import { StallWatch } from './stall.ts'
import type { Lease } from '../../../runtime/hosts/lease.ts'
import type { RunJob } from '../../../runtime/hosts/run-job.ts'
import type { Worker } from './worker.ts'

/** A run that is being made here. */
export interface Making {
  readonly worker: Worker
  readonly lease: Lease<RunJob>
  readonly folder: string
  readonly uploads: RunUploads
  /** Of this run alone, on the server. */
  readonly store: FileStore
  /** The file to which its process adds what it says. */
  readonly log: string
}

/** How often it is looked whether a run has written a checkpoint. */
const LOOK_MS = 500

/**
 * Puts each checkpoint of a run on the server, until its process has ended. Where the worker is to stop, the process is told
 * so; where the run is another worker's, it is killed.
 *
 * @throws LeaseLost; UserError ('FileError', 'DataError')
 */
export async function follow(making: Making, child: Child): Promise<ChildEnd> {
  const { worker, lease, folder, log } = making
  const leave = passOn(child, worker.stop, lease.signal)
  const watch = new StallWatch(child.pid, log, performance.now())
  try {
    let last = checkpointStamp(folder)
    const end = Ending.of(child.ended)
    for (;;) {
      const ended = await end.race(setTimeout(LOOK_MS, undefined))
      lease.signal.throwIfAborted()
      if (ended) return ended
      const now = checkpointStamp(folder)
      if (now !== last) await commit(making)
      last = now
      if (!watch.isStalled(performance.now())) continue
      child.kill('SIGKILL')
      return { ...(await child.ended), reason: 'it neither computed nor said anything for 15 minutes' }
    }
  } finally {
    leave()
  }
}

/**
 * Puts the run on the server as it is: first its files, then the record that names them, and then what the record no longer
 * names goes. Whenever that is cut off, the record names files that are there.
 */
export async function commit(making: Making, ended?: Partial<RunJob>): Promise<void> {
  const { lease, folder, uploads } = making
  requireImages(folder, lease.value)
  const before = lease.value.files
  const { step, files } = await uploads.put()
  await withSaid(making, (said) => ({
    ...said,
    ...{ step, files: [...files] },
    ...(step > lease.value.step ? furthered : {}),
    ...ended,
  }))
  await uploads.removeOld(before, files)
}

/** Writes the record with what the run has said by now; what it had said before goes. @throws LeaseLost */
export async function withSaid(
  { worker, lease, store, log, folder }: Making,
  change: (said: Pick<RunJob, 'said'>) => Partial<RunJob>,
): Promise<void> {
  const again = { ...worker.again, signal: lease.signal }
  const { said: before } = lease.value
  const said = await putSaid(store, log, { ...again, instead: { of: folder, name: lease.value.name } })
  await lease.write((value) => ({ ...value, ...change(said ? { said } : {}) }))
  if (before && said && before.sha256 !== said.sha256) await removeFile(store, before, again)
}

/** The data set may have been exchanged between the look at it and the start of the run. */
function requireImages(folder: string, { data }: RunJob): void {
  if (!isThere(runFiles(folder).record) || readRecord(folder).images === data.images) return
  throw new UserError('DataError', `${data.name} is not what it was when the run was taken`, {
    help: 'Leave data sets alone that are trained on.',
  })
}

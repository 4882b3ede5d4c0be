import { UserError } from '../../base/error.ts'
import { linkedAbort } from '../../base/linked-abort.ts'
import { renewMs } from '../../../runtime/hosts/names.ts'
import { requireCarried } from '../../../runtime/hosts/run-flags.ts'
import { afterFault, failed, tellFailed, tellGivenUp } from './end-task.ts'
import { isOfMachine } from './fault.ts'
import { whyOf } from './why.ts'
import { tellWork, type Outcome, type Worker } from './worker.ts'
import type { Held, Records } from '../../../runtime/hosts/records.ts'
import type { Taken } from '../../../runtime/hosts/work.ts'
import type { AnyJob } from './any-job.ts'
import type { PlacedBundle } from './bundles.ts'

/** What a run, or a group of layers, needs to be made here: looked for before it is taken, as another worker may have what this one has not. */

/** How long a run waits, in milliseconds, that a worker has not all for: another one may have it, or somebody put it there. */
const lackingMs = (lease: number): number => lease / 2

export interface Ready {
  readonly bundle: PlacedBundle
  /** As `--data` takes it; undefined of layers that read no images. */
  readonly data: string | undefined
}

interface Wanted {
  readonly key: string
  readonly taken: Taken
  readonly lost: AbortSignal
}

/** Why it is not made here, and what becomes of its message. */
type NotHere = Outcome & { readonly end: (taken: Taken) => Promise<void> | void }

const givingBack =
  ({ lease }: Worker) =>
  (taken: Taken): void => {
    taken.giveBack(lackingMs(lease))
  }

/** @throws LeaseLost; the reason for which the worker stops */
export async function readyFor<T extends AnyJob>(
  worker: Worker,
  records: Records<T>,
  { value, revision }: Held<T>,
  { key, taken, lost }: Wanted,
): Promise<Ready | NotHere> {
  // The message stays with this worker while it looks for images, which may be many.
  const renewing = setInterval(() => {
    taken.renew()
  }, renewMs(worker.lease))
  const search = linkedAbort([lost, worker.stop])
  try {
    if (value.kind === 'run') requireCarried(value.flags)
    const bundle = await worker.bundles.get(value)
    if (value.kind === 'layers' && !value.readsData) return { bundle, data: undefined }
    const data = await worker.images.find(value.data, bundle.bundle.manifest, {
      signal: search.controller.signal,
    })
    if (data === undefined) return lacking(worker, key, value)
    worker.presence.has(value.data.name)
    return { bundle, data }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const why = whyOf(error)
    const isFault = isOfMachine(why)
    const next = isFault ? afterFault(value, why) : failed(why)
    const now = await records.write(key, revision, { ...value, ...next })
    if (now.value.state === 'waiting') tellGivenUp({ key, value: now.value }, why)
    else tellFailed({ key, value: now.value })
    const end = now.value.state === 'waiting' ? givingBack(worker) : (message: Taken) => message.acknowledge()
    return isFault ? { kind: 'fault', why, end } : { kind: 'failed', end }
  } finally {
    clearInterval(renewing)
    search.unlink()
  }
}

function lacking(worker: Worker, record: string, { name, data }: AnyJob): NotHere {
  if (worker.presence.lack(data.name))
    tellWork(
      'warning',
      'lacks',
      `${name}: given back: it is trained on ${data.name} (${data.split}, SHA-256 ${data.images.slice(0, 8)}…), which is not below --data`,
      { name, record, data },
    )
  return { kind: 'passed over', end: givingBack(worker) }
}

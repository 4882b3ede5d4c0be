import { UserError } from '../../base/error.ts'
import { renewMs } from '../../../runtime/hosts/names.ts'
import { requireCarried } from '../../../runtime/hosts/run-flags.ts'
import { over } from './end-run.ts'
import { isOfMachine } from './fault.ts'
import { tellWork, type Outcome, type Worker } from './worker.ts'
import type { Held, Records } from '../../../runtime/hosts/records.ts'
import type { RunJob } from '../../../runtime/hosts/run-job.ts'
import type { Taken } from '../../../runtime/hosts/work.ts'
import type { Ready } from './make-run.ts'

/** What a run needs to be made here: looked for before it is taken, as another worker may have what this one has not. */

/** How long a run waits whose data set a worker does not have: another one may have it, or somebody put it there. */
const LACKING_MS = 15_000

interface Wanted {
  readonly key: string
  readonly taken: Taken
  readonly lost: AbortSignal
}

/** Why it is not made here, and what becomes of its message. */
type NotHere = Outcome & { readonly end: (taken: Taken) => Promise<void> | void }

const giveBack = (taken: Taken): void => {
  taken.giveBack(LACKING_MS)
}

/** @throws LeaseLost; the reason for which the worker stops */
export async function readyFor(
  worker: Worker,
  records: Records<RunJob>,
  { value, revision }: Held<RunJob>,
  { key, taken, lost }: Wanted,
): Promise<Ready | NotHere> {
  // The message stays with this worker while it looks for images, which may be many.
  const renewing = setInterval(() => {
    taken.renew()
  }, renewMs(worker.lease))
  try {
    requireCarried(value.flags)
    const bundle = await worker.bundles.get(value)
    const signal = AbortSignal.any([lost, worker.stop])
    const data = await worker.images.find(value.data, bundle.bundle.manifest, { signal })
    if (data === undefined) return lacking(worker, key, value)
    worker.presence.has(value.data.name)
    return { bundle, data }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const failure = `${error.name}: ${error.message}`
    if (isOfMachine(failure)) return { kind: 'fault', why: failure, end: giveBack }
    await records.write(key, revision, { ...value, ...over('failed'), failure })
    tellWork('warning', 'ended', `${value.name}: failed: ${failure}`, {
      name: value.name,
      record: key,
      failure,
    })
    return { kind: 'failed', end: (message) => message.acknowledge() }
  } finally {
    clearInterval(renewing)
  }
}

function lacking({ presence }: Worker, record: string, { name, data }: RunJob): NotHere {
  if (presence.lack(data.name))
    tellWork(
      'warning',
      'lacks',
      `${name}: given back: it is trained on ${data.name} (${data.split}, SHA-256 ${data.images.slice(0, 8)}…), which is not below --data`,
      { name, record, data },
    )
  return { kind: 'passed over', end: giveBack }
}

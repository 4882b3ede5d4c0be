import { Lease } from '../../../runtime/hosts/lease.ts'
import { LeaseLost, Records } from '../../../runtime/hosts/records.ts'
import { readyFor, type AnyJob, type Ready } from './ready.ts'
import { tellWork, type Outcome, type Worker } from './worker.ts'
import type { Taken } from '../../../runtime/hosts/work.ts'
import type { z } from 'zod'

/** Something that was published, from the message that tells of it to its end here. */

/** Whether there is nothing to be done: it is over, or another message of the same has a worker already. */
const isOver = ({ state, sequence }: AnyJob, taken: Taken): boolean =>
  state === 'done' || state === 'failed' || (state === 'running' && sequence !== taken.sequence)

/** @param make does it, once it is ours and all that it needs is here */
export async function takeTask<T extends AnyJob>(
  worker: Worker,
  schema: z.ZodType<T>,
  { key, taken }: { readonly key: string; readonly taken: Taken },
  make: (lease: Lease<T>, ready: Ready) => Promise<Outcome>,
): Promise<Outcome> {
  const lost = new AbortController()
  const leave = () => {
    lost.abort(worker.over.reason)
  }
  worker.over.addEventListener('abort', leave)
  const records = new Records(worker.records, schema, { ...worker.again, signal: lost.signal })
  try {
    const held = await records.get(key)
    if (!held || isOver(held.value, taken)) {
      await taken.acknowledge()
      return { kind: 'passed over' }
    }
    const ready = await readyFor(worker, records, held, { key, taken, lost: lost.signal })
    if ('kind' in ready) {
      await ready.end(taken)
      return ready
    }
    const running = await records.write(key, held.revision, {
      ...held.value,
      ...{ state: 'running', sequence: taken.sequence, worker: worker.id },
      attempts: held.value.attempts + 1,
    })
    const lease = new Lease(key, records, running, { taken, lease: worker.lease, lost })
    worker.inHand.set(taken.sequence, lease)
    try {
      return await make(lease, ready)
    } finally {
      worker.inHand.delete(taken.sequence)
      await lease.end(() => undefined)
    }
  } catch (error) {
    if (error === worker.stop.reason) {
      taken.giveBack()
      return { kind: 'stopped' }
    }
    // Before and after it is ours: whoever has it now goes on.
    if (!(error instanceof LeaseLost) && !lost.signal.aborted) throw error
    tellWork('warning', 'lost', `${key}: another worker's now, or gone: nothing of it is kept here`, {
      record: key,
    })
    return { kind: 'lost' }
  } finally {
    worker.over.removeEventListener('abort', leave)
  }
}

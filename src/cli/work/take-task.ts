import { Lease } from '../../../runtime/hosts/lease.ts'
import { LeaseLost, Records, type Held } from '../../../runtime/hosts/records.ts'
import { afterLosses, endFault, tellFailed, tellGivenUp } from './end-task.ts'
import { readyFor, type Ready } from './ready.ts'
import { problemOf, whyOf } from './why.ts'
import { tellWork, type Outcome, type Worker } from './worker.ts'
import type { Taken } from '../../../runtime/hosts/work.ts'
import type { AnyJob } from './any-job.ts'
import type { z } from 'zod'

/** Something that was published, from the message that tells of it to its end here. */

/** Whether there is nothing to be done: it is over, or another message of the same has a worker already. */
const isOver = ({ state, sequence }: AnyJob, taken: Taken): boolean =>
  state === 'done' || state === 'failed' || (state === 'running' && sequence !== taken.sequence)

interface Given {
  readonly key: string
  readonly taken: Taken
}

/** @param make does it, once it is ours and all that it needs is here */
export async function takeTask<T extends AnyJob>(
  worker: Worker,
  schema: z.ZodType<T>,
  { key, taken }: Given,
  make: (lease: Lease<T>, ready: Ready) => Promise<Outcome>,
): Promise<Outcome> {
  const lost = new AbortController()
  const leave = () => {
    lost.abort(worker.over.reason)
  }
  worker.over.addEventListener('abort', leave)
  const records = new Records(worker.records, schema, { ...worker.again, signal: lost.signal })
  let lease: Lease<T> | undefined
  try {
    const held = await records.get(key)
    if (!held || isOver(held.value, taken)) {
      if (!held && !(await records.isThere())) tellLost(key, key, NO_RECORDS)
      await taken.acknowledge()
      return { kind: 'passed over' }
    }
    const next = afterLosses(held.value)
    if (next.state === 'failed') return await giveUp(records, held, next, { key, taken })
    const ready = await readyFor(worker, records, held, { key, taken, lost: lost.signal })
    if ('kind' in ready) {
      await ready.end(taken)
      return ready
    }
    // Told to stop while that was looked for or fetched: it is not taken, and no attempt.
    worker.stop.throwIfAborted()
    const running = await records.write(key, held.revision, {
      ...held.value,
      ...next,
      ...{ state: 'running', sequence: taken.sequence, worker: worker.id },
      attempts: held.value.attempts + 1,
    })
    lease = new Lease(key, records, running, { taken, lease: worker.lease, lost })
    worker.inHand.set(taken.sequence, lease)
    return await make(lease, ready)
  } catch (error) {
    if (error === worker.stop.reason) {
      taken.giveBack()
      return { kind: 'stopped' }
    }
    if (lost.signal.aborted && lost.signal.reason === worker.over.reason)
      return await leaveAsItIs(worker, lease, taken)
    // Before and after it is ours: whoever has it now goes on.
    if (error instanceof LeaseLost || lost.signal.aborted) {
      tellLost(lease?.value.name ?? key, key, whyLost(lost.signal.aborted ? lost.signal.reason : error))
      return { kind: 'lost' }
    }
    // What was written of its end stays.
    if (lease?.value.state !== 'running') throw error
    return await endFault(worker, lease, whyOf(error))
  } finally {
    worker.over.removeEventListener('abort', leave)
    worker.inHand.delete(taken.sequence)
    await lease?.end(() => undefined)
  }
}

const NOT_OURS = "withdrawn, over, or another worker's now"
const NO_RECORDS = 'its record is not on the server any more, nor is any other one'

const whyLost = (reason: unknown): string =>
  reason instanceof LeaseLost ? NOT_OURS : `its record cannot be read or written: ${problemOf(reason)}`

function tellLost(name: string, record: string, why: string): void {
  tellWork('warning', 'lost', `${name}: ${why}: nothing of it is kept here`, { name, record })
}

/** What ends one worker after the other is not tried for ever. @throws LeaseLost */
async function giveUp<T extends AnyJob>(
  records: Records<T>,
  { value, revision }: Held<T>,
  next: Partial<AnyJob>,
  { key, taken }: Given,
): Promise<Outcome> {
  const failed = await records.write(key, revision, { ...value, ...next })
  await taken.acknowledge()
  tellFailed({ key, value: failed.value })
  return { kind: 'failed' }
}

/** Nothing can be written any more: another worker may have it at once, as it is on the server. */
async function leaveAsItIs<T extends AnyJob>(
  { over }: Worker,
  lease: Lease<T> | undefined,
  taken: Taken,
): Promise<Outcome> {
  if (lease) {
    await lease.end((now) => {
      now.giveBack()
    })
    tellGivenUp(lease, over.reason instanceof Error ? over.reason.message : whyOf(over.reason))
  } else taken.giveBack()
  return { kind: 'stopped' }
}

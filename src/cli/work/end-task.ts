import { over } from '../../../runtime/hosts/job.ts'
import { askMs } from '../../../runtime/hosts/work.ts'
import { isStopped } from './fault.ts'
import { tellWork, type Outcome, type Worker } from './worker.ts'
import type { Lease } from '../../../runtime/hosts/lease.ts'
import type { ChildEnd } from '../sweep/child.ts'
import type { AnyJob } from './any-job.ts'

/** What becomes of a task, whatever it is: of its record, of its message, and what is said. */

/** How often in a row workers may give a task up for reasons of their machines, with nothing more done, before it has failed. */
const MOST_FAULTS = 5
/** How often in a row they may be lost with it: killed, cut off, out of time. It may be the task that ends them. */
const MOST_LOSSES = 20

/** How long a task waits that this machine could not do: another one may have it. Longer than a worker waits for other work. */
export const faultMs = (lease: number): number => askMs(lease) + 1000

/** Whether it has ended since this worker is to stop. */
export const wasStopped = ({ stop }: Worker, end: ChildEnd): boolean =>
  isStopped(end) || (stop.aborted && end.by !== null)

export const failed = (failure: string) => ({ ...over('failed'), failure })

/** What a record says of a task that a machine could not do: it waits for another one, or has failed. */
export function afterFault({ faults }: Pick<AnyJob, 'faults'>, why: string): Partial<AnyJob> {
  const all = faults + 1
  return all < MOST_FAULTS
    ? { ...over('waiting'), faults: all }
    : failed(`${why}\n${all} workers in a row could not do it`)
}

/** What it says of one that is taken, or that too many workers were lost with. */
export function afterLosses({ state, losses }: Pick<AnyJob, 'state' | 'losses'>): Partial<AnyJob> {
  const all = losses + (state === 'running' ? 1 : 0)
  return all < MOST_LOSSES
    ? { losses: all }
    : failed(`WorkerError: ${all} workers in a row were lost with it, and it was no further each time`)
}

/** It is done, and its record says so, or is gone. @param how as it is told */
export async function endDone<T extends AnyJob>(lease: Lease<T>, how = 'done'): Promise<Outcome> {
  await lease.end((taken) => taken.acknowledge())
  tellEnd(lease.key, { ...lease.value, state: 'done' }, how)
  return { kind: 'done' }
}

/** It waits for another worker, who may have it at once, as its record says. */
export async function endGivenBack<T extends AnyJob>(lease: Lease<T>): Promise<Outcome> {
  await lease.end((taken) => {
    taken.giveBack()
  })
  tellEnd(lease.key, lease.value, `given back after step ${lease.value.step}`)
  return { kind: 'stopped' }
}

/** Nobody is to try it again. @throws LeaseLost */
export async function endFailed<T extends AnyJob>(lease: Lease<T>, failure: string): Promise<Outcome> {
  await lease.write((value) => ({ ...value, ...failed(failure) }))
  await lease.end((taken) => taken.acknowledge())
  tellFailed(lease)
  return { kind: 'failed' }
}

/** It is this machine that could not do it. @throws LeaseLost */
export async function endFault<T extends AnyJob>(
  worker: Worker,
  lease: Lease<T>,
  why: string,
): Promise<Outcome> {
  await lease.write((value) => ({ ...value, ...afterFault(value, why) }))
  if (lease.value.state === 'failed') {
    await lease.end((taken) => taken.acknowledge())
    tellFailed(lease)
  } else {
    await lease.end((taken) => {
      taken.giveBack(faultMs(worker.lease))
    })
    tellGivenUp(lease, why)
  }
  return { kind: 'fault', why }
}

/** A record, and what it is called. */
interface Told {
  readonly key: string
  readonly value: AnyJob
}

export function tellBegun({ key, value: { name, step, attempts } }: Told): void {
  const begun = step === 0 ? 'begun' : `goes on after step ${step}`
  tellWork('info', 'begun', `${name}: ${begun}`, { name, record: key, step, attempts })
}

export function tellFailed({ key, value }: Told): void {
  const { failure } = value
  tellEnd(key, value, `failed: ${failure ?? ''}`, { failure })
}

/** It waits for another worker, for a reason of this one. */
export function tellGivenUp({ key, value }: Told, why: string): void {
  tellEnd(key, value, `given back: ${why}`, { why })
}

function tellEnd(
  record: string,
  { name, state, step }: AnyJob,
  how: string,
  further: { readonly failure?: string | null; readonly why?: string } = {},
): void {
  const level = Object.keys(further).length > 0 ? 'warning' : 'info'
  tellWork(level, 'ended', `${name}: ${how}`, { ...{ name, record, state, step }, ...further })
}

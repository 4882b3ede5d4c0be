import { over } from '../../../runtime/hosts/job.ts'
import { isStopped } from './fault.ts'
import type { Lease } from '../../../runtime/hosts/lease.ts'
import type { ChildEnd } from '../sweep/child.ts'
import type { AnyJob } from './ready.ts'
import type { Worker } from './worker.ts'

/** What may become of a task, whatever it is, whose process has ended. */

/** How often in a row workers may give a task up for reasons of their machines, before it has failed. */
export const MOST_FAULTS = 5

/** How long a task waits that this machine could not do: another one may have it. */
const FAULT_MS = 5000

/** Whether it has ended since this worker is to stop. */
export const wasStopped = ({ stop }: Worker, end: ChildEnd): boolean =>
  isStopped(end) || (stop.aborted && end.by !== null)

/** Nobody is to try it again. @throws LeaseLost */
export async function failTask<T extends AnyJob>(lease: Lease<T>, failure: string): Promise<void> {
  await lease.write((value) => ({ ...value, ...over('failed'), failure }))
  await lease.end((taken) => taken.acknowledge())
}

/** It is this machine that could not do it. @param further is noted of it, too @throws LeaseLost */
export async function passTaskOn<T extends AnyJob>(lease: Lease<T>, further: Partial<T> = {}): Promise<void> {
  await lease.write((value) => ({ ...value, ...over('waiting'), ...further }))
  await lease.end((taken) => {
    taken.giveBack(FAULT_MS)
  })
}

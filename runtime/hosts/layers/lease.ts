import { setTimeout } from 'node:timers/promises'
import { LeaseLost, type Records } from '../records.ts'
import type { LayersJob } from '../layers-job.ts'

/** How often it is looked at who has a group, in milliseconds. */
const LOOK_MS = 1000

/** Whoever asked for the training has ended it: there is nothing left to do. */
export class TrainingOver extends Error {
  constructor() {
    super('the training is over')
    this.name = 'TrainingOver'
  }
}

/** @throws as `watchLease` */
export async function requireLease(
  records: Records<LayersJob>,
  key: string,
  { sequence }: Pick<LayersJob, 'sequence'>,
): Promise<void> {
  const held = await records.get(key)
  if (!held) throw new TrainingOver()
  if (held.value.sequence !== sequence || held.value.state !== 'running') throw new LeaseLost(key)
}

/**
 * Looks at a group's record until the signal is aborted.
 *
 * @throws TrainingOver where the record is gone; LeaseLost where somebody else has taken the group
 */
export async function watchLease(
  records: Records<LayersJob>,
  key: string,
  { sequence }: Pick<LayersJob, 'sequence'>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await requireLease(records, key, { sequence })
    await setTimeout(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}

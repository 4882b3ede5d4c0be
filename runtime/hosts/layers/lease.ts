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

/**
 * Looks at a group's record.
 *
 * @throws TrainingOver where it is gone; LeaseLost where somebody else has taken the group
 */
export async function requireOurs(
  records: Records<LayersJob>,
  key: string,
  { sequence }: Pick<LayersJob, 'sequence'>,
): Promise<void> {
  const held = await records.get(key)
  if (!held) throw new TrainingOver()
  if (held.value.sequence !== sequence || held.value.state !== 'running') throw new LeaseLost(key)
}

/**
 * Looks at it until the signal is aborted.
 *
 * @throws as `requireOurs` does
 */
export async function watchLease(
  records: Records<LayersJob>,
  key: string,
  job: Pick<LayersJob, 'sequence'>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await requireOurs(records, key, job)
    await setTimeout(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}

/** Why it does not go on: what failed may have failed because all was removed, or is somebody else's by now. */
export async function reasonOf(
  error: unknown,
  ...[records, key, job]: Parameters<typeof requireOurs>
): Promise<unknown> {
  if (error instanceof TrainingOver || error instanceof LeaseLost) return error
  return requireOurs(records, key, job).then(
    () => error,
    (ended: unknown) => ended,
  )
}

import { z } from 'zod'
import { PROTOCOL } from '../../../runtime/hosts/names.ts'
import { Records } from '../../../runtime/hosts/records.ts'
import { takeLayers } from './layers/take-layers.ts'
import { takeRun } from './take-run.ts'
import type { Taken } from '../../../runtime/hosts/work.ts'
import type { Outcome, Slot, Worker } from './worker.ts'

/** Does what a record is of, from the message that told of it on; the message is acknowledged or given back, or left to its end. */
type Take = (worker: Worker, slot: Slot, key: string, taken: Taken) => Promise<Outcome>

/** What a worker can do, by the kind of its record. */
const takes = { run: takeRun, layers: takeLayers } satisfies Record<string, Take>

const anyRecord = z.looseObject({ protocol: z.literal(PROTOCOL), kind: z.enum(['run', 'layers']) })

/** @throws UserError ('ServerError') for a record of something else, or another version */
export async function take(worker: Worker, slot: Slot, taken: Taken): Promise<Outcome> {
  const { record: key } = taken.task
  const again = { ...worker.again, signal: worker.stop }
  const found = await new Records(worker.records, anyRecord, again).get(key)
  if (found) return takes[found.value.kind](worker, slot, key, taken)
  await taken.acknowledge()
  return { kind: 'passed over' }
}

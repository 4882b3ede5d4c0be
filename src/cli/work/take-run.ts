import { runJobSchema } from '../../../runtime/hosts/run-job.ts'
import { makeRun } from './make-run.ts'
import { takeTask } from './take-task.ts'
import type { Outcome, Slot, Worker } from './worker.ts'
import type { Taken } from '../../../runtime/hosts/work.ts'

/** A run of a sweep. */
export const takeRun = (worker: Worker, slot: Slot, key: string, taken: Taken): Promise<Outcome> =>
  takeTask(worker, runJobSchema, { key, taken }, (lease, ready) => makeRun(worker, slot, lease, ready))

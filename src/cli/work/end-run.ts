import { over } from '../../../runtime/hosts/job.ts'
import { LeaseLost } from '../../../runtime/hosts/records.ts'
import { UserError } from '../../base/error.ts'
import { failureOf, type ChildEnd } from '../sweep/child.ts'
import { endDone, endFailed, endFault, endGivenBack, wasStopped } from './end-task.ts'
import { machineFault } from './fault.ts'
import { commit, withSaid, type Making } from './follow.ts'
import type { Outcome } from './worker.ts'

/** What becomes of a run whose process has ended. @throws LeaseLost */
export async function endRun(making: Making, end: ChildEnd): Promise<Outcome> {
  const { worker, lease } = making
  const failure = failureOf(end)
  if (failure === undefined) {
    await commit(making, { ...over('done'), worker: worker.id, failure: null })
    return endDone(lease)
  }
  if (wasStopped(worker, end)) {
    await commit(making, over('waiting'))
    return endGivenBack(lease)
  }
  const why = machineFault(end)
  if (why === undefined) {
    await tryTell(making)
    return endFailed(lease, failure)
  }
  await tryCommit(making)
  return endFault(worker, lease, why)
}

/** Why it failed may stand in what it said; nothing depends on that. */
async function tryTell(making: Making): Promise<void> {
  try {
    await withSaid(making, (said) => said)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
  }
}

/** A checkpoint may be there that is not on the server yet; a machine with a full disk may be unable to tell. */
async function tryCommit(making: Making): Promise<void> {
  try {
    await commit(making)
  } catch (error) {
    if (error instanceof LeaseLost || !(error instanceof UserError)) throw error
  }
}

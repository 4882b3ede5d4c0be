import { over } from '../../../runtime/hosts/job.ts'
import { LeaseLost } from '../../../runtime/hosts/records.ts'
import { UserError } from '../../base/error.ts'
import { failureOf, type ChildEnd } from '../sweep/child.ts'
import { failTask, MOST_FAULTS, passTaskOn, wasStopped } from './end-task.ts'
import { machineFault } from './fault.ts'
import { commit, withSaid, type Making } from './follow.ts'
import { tellWork, type Outcome } from './worker.ts'
import type { RunJob } from '../../../runtime/hosts/run-job.ts'

/** What becomes of a run whose process has ended. */

/** @throws LeaseLost */
export async function endRun(making: Making, end: ChildEnd): Promise<Outcome> {
  const { worker, lease } = making
  const failure = failureOf(end)
  if (failure === undefined) {
    await commit(making, { ...over('done'), worker: worker.id, failure: null })
    await lease.end((taken) => taken.acknowledge())
    tellEnd(making, 'done')
    return { kind: 'done' }
  }
  if (wasStopped(worker, end)) {
    await commit(making, over('waiting'))
    await lease.end((taken) => {
      taken.giveBack()
    })
    tellEnd(making, `given back after step ${lease.value.step}`)
    return { kind: 'stopped' }
  }
  const why = machineFault(end)
  return why === undefined ? failed(making, failure) : giveUp(making, why)
}

async function failed(making: Making, failure: string): Promise<Outcome> {
  await tryTell(making)
  await failTask(making.lease, failure)
  tellEnd(making, `failed: ${failure}`, { failure })
  return { kind: 'failed' }
}

/** It is this machine that could not make it. */
async function giveUp(making: Making, why: string): Promise<Outcome> {
  const { lease } = making
  await tryCommit(making)
  const faults = (lease.value.faults ?? 0) + 1
  if (faults >= MOST_FAULTS) {
    await failed(making, `${why}\n${faults} workers in a row could not make it`)
    return { kind: 'fault', why }
  }
  await passTaskOn(lease, { faults })
  tellEnd(making, `given back: ${why}`, { why })
  return { kind: 'fault', why }
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

function tellEnd(
  { lease: { key, value } }: Making,
  how: string,
  further: Partial<RunJob> & { why?: string } = {},
): void {
  const { name, state, step } = value
  tellWork(state === 'failed' || further.why !== undefined ? 'warning' : 'info', 'ended', `${name}: ${how}`, {
    ...{ name, record: key, state, step },
    ...further,
  })
}

import { UserError } from '../../base/error.ts'
import { WORK_STREAM } from '../../../runtime/hosts/names.ts'
import { WorkQueue } from '../../../runtime/hosts/work.ts'
import { faultMs } from './end-task.ts'
import { Faults } from './faults.ts'
import { take } from './kinds.ts'
import { whyOf } from './why.ts'
import { tellWork, type Outcome, type Slot, type Worker } from './worker.ts'
import type { Taken } from '../../../runtime/hosts/work.ts'

/** When a worker has done enough. */
export interface Until {
  /** One task in each slot. */
  readonly once: boolean
  /** Milliseconds without anything to do. */
  readonly idle: number
}

/** All slots have asked again within this time. */
const GONE_AGAIN_MS = 10_000

/** How long what is none of ours, or of another version, waits for a worker that knows it. */
const STRANGE_MS = 60_000

/**
 * Does what there is to do, in some slots at once, until the worker is to stop or has done enough.
 *
 * @throws UserError ('WorkerError') where this machine can do nothing
 */
export async function work(worker: Worker, slots: readonly Slot[], until: Until): Promise<void> {
  const state = { busy: 0, last: performance.now(), isFailing: false }
  const faults = new Faults()
  const isEnough = () =>
    worker.stop.aborted ||
    state.isFailing ||
    (state.busy === 0 && performance.now() - state.last > until.idle)
  const doOne = async (slot: Slot, taken: Taken): Promise<Outcome> => {
    state.busy++
    try {
      return await takeOne(worker, slot, taken)
    } finally {
      state.busy--
    }
  }
  const tellGone = oneTeller()
  const inSlot = async (slot: Slot): Promise<void> => {
    const queue = await open(worker, tellGone)
    while (!isEnough()) {
      const taken = await next(worker, queue, () => {
        faults.mayTakeAgain()
      })
      if (!taken) continue
      if (faults.isLeftToOthers(taken)) {
        taken.giveBack(faultMs(worker.lease))
        continue
      }
      const outcome = await doOne(slot, taken)
      if (outcome.kind === 'passed over' || outcome.kind === 'lost') continue
      state.last = performance.now()
      faults.note(taken, outcome)
      if (until.once) return
    }
  }
  const orFail = async (slot: Slot): Promise<void> => {
    try {
      await inSlot(slot)
    } catch (error) {
      // The other slots end with what they have.
      state.isFailing = true
      throw error
    }
  }
  const ends = await Promise.allSettled(slots.map(orFail))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

const open = ({ server, provider, lease, again, stop }: Worker, onGone: () => void): Promise<WorkQueue> =>
  WorkQueue.open(server, { provider, lease, ...again, signal: stop, onGone })

/** Each slot finds out for itself that the queue is gone, and one of them says so. */
function oneTeller(): () => void {
  let last = -Infinity
  return () => {
    const now = performance.now()
    if (now - last > GONE_AGAIN_MS)
      tellWork(
        'warning',
        'gone',
        `the queue of work (${WORK_STREAM}) is not on the server any more: somebody has removed it; work goes on when somebody publishes again`,
        { stream: WORK_STREAM },
      )
    last = now
  }
}

/** What is to be done next; undefined where there is nothing, or the worker is to stop. @param onIdle hears that there is nothing */
async function next(worker: Worker, queue: WorkQueue, onIdle: () => void): Promise<Taken | undefined> {
  try {
    const taken = await queue.next()
    if (!taken) onIdle()
    const inHand = taken && worker.inHand.get(taken.sequence)
    if (inHand) inHand.takeAgain(taken)
    else if (worker.stop.aborted) taken?.giveBack()
    else return taken
  } catch (error) {
    if (!worker.stop.aborted) throw error
  }
  return undefined
}

/** What is wrong with one task ends no worker: it waits for another one, and so many in a row are too many. */
async function takeOne(worker: Worker, slot: Slot, taken: Taken): Promise<Outcome> {
  const { record } = taken.task
  try {
    return await take(worker, slot, taken)
  } catch (error) {
    if (worker.stop.aborted && error instanceof Error && error.name === 'AbortError') {
      taken.giveBack()
      return { kind: 'stopped' }
    }
    taken.giveBack(STRANGE_MS)
    if (error instanceof UserError && error.name === 'ServerError') {
      tellWork('warning', 'refused', error.message, { record, message: error.message })
      return { kind: 'passed over' }
    }
    const why = whyOf(error)
    tellWork('error', 'error', `${record}: given back: ${why}`, { record, message: why })
    return { kind: 'fault', why }
  }
}

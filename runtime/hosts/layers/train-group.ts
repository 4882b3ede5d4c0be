import { resultsSubject } from '../names.ts'
import { LeaseLost, type Records } from '../records.ts'
import { openGroup, type Group, type GroupOptions } from './group.ts'
import { Steps } from './group-steps.ts'
import { requireLease, TrainingOver, watchLease } from './lease.ts'
import { HeardOrders } from './heard-orders.ts'
import { tellFailure } from './tell-failure.ts'
import { textOf } from './messages.ts'
import type { LayersJob } from '../layers-job.ts'
import type { AgainOptions } from '../passing.ts'

/** How a group's training ended here: it is over for all, somebody else has it now, or somebody else may have it. */
export type GroupEnd = 'over' | 'lost' | 'given back'

export interface TrainGroupOptions extends Omit<GroupOptions, 'again' | 'isWanted'> {
  /** Where records are, and what ours is called. */
  readonly records: Records<LayersJob>
  readonly key: string
  /** Ends it with a place that it can be gone on from. */
  readonly leave: AbortSignal
  /** Told of each failure of the server that is tried again. */
  readonly onFailure?: AgainOptions['onFailure']
}

/**
 * Trains a group of layers until its training is over, somebody else has taken it, or it is to be left.
 *
 * @throws what it cannot go on for, which who asked for the training was told
 */
export async function trainGroup({ leave, onFailure, ...options }: TrainGroupOptions): Promise<GroupEnd> {
  const end = new AbortController()
  const again = { signal: end.signal, onFailure }
  const orders = new HeardOrders()
  let group: Group | undefined
  try {
    group = await openGroup({ ...options, again, isWanted: orders.isWanted })
    const { records, key, server, job } = options
    const { following, assembly } = group
    const steps = new Steps(group, orders, leave, end.signal)
    const { publisher, host } = group
    const here = (asked: number) => {
      const data = textOf({ kind: 'here', group: job.group, host, asked })
      return publisher.keep({ subject: resultsSubject(job.job), data })
    }
    const fails = [
      here(0).then(() => orders.answer(here, end.signal)),
      watchLease(records, key, job, end.signal),
      orders.follow(server, job.job, end.signal, again),
      ...(following ? [following.ended] : []),
    ]
    for (const each of fails)
      each.catch((error: unknown) => {
        assembly.fail(error)
      })
    // Those that only watch end by what they throw.
    const never = new Promise<never>(() => undefined)
    await Promise.race([steps.run(), ...fails.map((each) => each.then(() => never))])
    return 'given back'
  } catch (error) {
    const reason = await whyOf(error, options)
    if (reason instanceof TrainingOver) return 'over'
    if (reason instanceof LeaseLost) return 'lost'
    await tellFailure(options, reason)
    throw reason
  } finally {
    end.abort()
    await orders.stop()
    await group?.release()
  }
}

/** What others have removed meanwhile, since they have no use for it, is missing here and no failure. */
async function whyOf(
  error: unknown,
  { records, key, job }: Pick<TrainGroupOptions, 'records' | 'key' | 'job'>,
): Promise<unknown> {
  try {
    await requireLease(records, key, job)
    return error
  } catch (reason) {
    return reason
  }
}

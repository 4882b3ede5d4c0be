import { at } from '../../../src/base/lists.ts'
import { Inbox } from '../../workers/parts/inbox.ts'
import { fileBucket, layersStream } from '../names.ts'
import { Attendance } from './attendance.ts'
import { Collected } from './collected.ts'
import { removeJob, type Job } from './job.ts'
import { GivenOrders } from './given-orders.ts'
import { Publisher } from './publisher.ts'
import { requireAttendance } from './stopping.ts'
import { watchGroups } from './watch-groups.ts'
import type { Parts } from '../../workers/parts/parts.ts'
import type { Server } from '../server.ts'

/** How long it is tried to remove a training from its server: at its end; where it is stopped; where the server is away then. */
const REMOVED_MS = { ended: 60_000, stopped: 10_000, away: 3000 }

export interface GroupsOptions {
  readonly server: Server
  readonly job: Job
  /** Layers of each group, as messages name them. */
  readonly names: readonly string[]
  /** Steps done before. */
  readonly from: number
  readonly provider: string
  readonly isConnected: () => boolean
  readonly onNotice: (notice: string) => void
  /** Told of each failure of the server that is tried again. */
  readonly onFailure: (error: Error) => void
}

/** Groups of layers as the parts of a training. */
export interface GroupsOnHosts extends Parts {
  /** By layers, the host that trains them. */
  readonly who: ReadonlyMap<string, string>
  readonly attendance: Attendance
  /** The training is to stop: what nobody is at is not waited for any longer, and the inbox says so. */
  readonly finish: () => void
}

export async function startGroups(options: GroupsOptions): Promise<GroupsOnHosts> {
  const { server, job, names, from, provider, isConnected, onNotice, onFailure } = options
  const stop = new AbortController()
  const { signal } = stop
  const again = { signal, onFailure }
  const groups = names.length
  const inbox = new Inbox(groups)
  const fail = (error: unknown) => {
    if (!signal.aborted) inbox.fail(error)
  }
  const who = new Map<string, string>()
  const attendance = new Attendance(groups)
  const orders = new GivenOrders({
    publisher: new Publisher(server, again),
    job: job.id,
    from,
    onFailure: fail,
  })
  const collecting = { server, job, inbox, orders, attendance, groups, from, again, onNotice, fail }
  const collected = await Collected.open(collecting)
  watchGroups({ server, job, orders, attendance, isConnected, who, onNotice, provider, again }).catch(fail)
  let isStopping = false
  const finish = () => {
    if (isStopping) return
    isStopping = true
    const nameOf = (group: number) => at(names, group)
    const hostOf = (group: number) => who.get(nameOf(group))
    requireAttendance({ orders, attendance, nameOf, hostOf, isConnected, signal }).catch(fail)
  }
  const removed = async () => {
    const time = !isStopping ? 'ended' : isConnected() ? 'stopped' : 'away'
    let last: Error | undefined
    const onFailure = (error: Error) => (last = error)
    try {
      await removeJob(server, job, { signal: AbortSignal.timeout(REMOVED_MS[time]), onFailure })
    } catch (error) {
      const { message } = last ?? (error instanceof Error ? error : new Error(String(error)))
      onNotice(
        `${layersStream(job.id)}, ${fileBucket(job.id)} and records of this training may be left on the server, which does not remove them (${message}): the run, gone on with there, does`,
      )
    }
  }
  return {
    ...{ inbox, who, attendance, finish },
    post: (order) => {
      if (order.kind === 'step') orders.allow(order.step + 1)
      else orders.save(collected.placeOf(order.step))
    },
    stop: async () => {
      stop.abort()
      orders.stop()
      await collected.stop()
      await removed()
      await server.close()
    },
  }
}

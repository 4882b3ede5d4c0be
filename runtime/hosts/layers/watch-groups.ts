import { setTimeout } from 'node:timers/promises'
import { UserError } from '../../../src/base/error.ts'
import { hindranceOf } from '../hindrance.ts'
import { openWorkers } from '../run-records.ts'
import type { AgainOptions } from '../passing.ts'
import type { LayersJob } from '../layers-job.ts'
import type { Server } from '../server.ts'
import { leaseOf } from '../work.ts'
import { Silences } from './silences.ts'
import type { Attendance } from './attendance.ts'
import type { GivenOrders } from './given-orders.ts'
import type { Job } from './job.ts'

const LOOK_MS = 1000
/** From when on it is said that nobody has taken a group. */
const LONG_MS = 20_000

interface WatchOptions {
  readonly server: Server
  readonly job: Job
  readonly attendance: Attendance
  readonly orders: GivenOrders
  readonly isConnected: () => boolean
  /** By group, who has it. */
  readonly who: Map<string, string>
  readonly onNotice: (notice: string) => void
  readonly provider: string
  readonly again: AgainOptions & { readonly signal: AbortSignal }
}

/** Says who has which group, of whom nothing is heard any more, which of them nobody takes, and why. @throws UserError where one was given up */
export async function watchGroups(options: WatchOptions): Promise<void> {
  const { server, job, attendance, who, onNotice, provider, again } = options
  const { signal } = again
  const workers = await openWorkers(server, again)
  // Those of the job are asked as it was published: until the training is to stop, and groups are looked at until it has.
  const records = job.records.asked(again)
  const since = new Map<string, number>()
  const silences = new Silences({ ...options, lease: () => leaseOf(server, provider) })
  let last: string | undefined
  while (!signal.aborted) {
    const waiting: LayersJob[] = []
    for (const [group, key] of job.keys.entries()) {
      const { value } = (await records.get(key)) ?? {}
      if (!value) continue
      tellWorker(value, { who, wasFree: attendance.free.has(group), onNotice })
      if (value.state === 'running') await silences.look(value)
      if (value.state !== 'waiting') {
        attendance.free.delete(group)
        since.delete(value.name)
        continue
      }
      attendance.free.add(group)
      waiting.push(value)
    }
    const hindrance = waiting.length === 0 ? undefined : await hindranceTo(waiting, workers, options)
    if (hindrance !== undefined && hindrance !== last) onNotice(hindrance)
    last = hindrance
    for (const { name } of hindrance === undefined ? waiting : []) {
      const waits = (since.get(name) ?? 0) + LOOK_MS
      since.set(name, waits)
      if (waits >= LONG_MS && waits - LOOK_MS < LONG_MS)
        onNotice(`nobody has taken ${name}: the workers that are there have other work`)
    }
    await setTimeout(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}

interface Telling extends Pick<WatchOptions, 'who' | 'onNotice'> {
  /** Whether nobody had it when it was looked at last. */
  readonly wasFree: boolean
}

function tellWorker({ name, worker, state, failure }: LayersJob, { who, wasFree, onNotice }: Telling): void {
  if (state === 'failed')
    throw new UserError('ServerError', `${name}: ${failure ?? 'it was given up'}`, {
      help: 'Mend it, and go on with the run: --resume.',
    })
  const before = who.get(name)
  if (state === 'waiting' && before !== undefined && !wasFree)
    onNotice(`${name}: ${before} has given it back`)
  if (state !== 'running' || worker === null || (before === worker && !wasFree)) return
  const place = before === undefined ? '' : before === worker ? ', again' : `, in place of ${before}`
  onNotice(`${name}: ${worker}${place}`)
  who.set(name, worker)
}

/** Why nobody takes them, as of a sweep's runs. */
async function hindranceTo(
  waiting: readonly LayersJob[],
  workers: Awaited<ReturnType<typeof openWorkers>>,
  { server: { url }, provider }: WatchOptions,
): Promise<string | undefined> {
  // Of workers of another version nothing is known.
  const there = [...(await workers.all(undefined, () => undefined)).values()].map(({ value }) => value)
  const data = new Set(waiting.flatMap(({ readsData, data: { name } }) => (readsData ? [name] : [])))
  return hindranceOf(there, { provider, data, of: 'training', url })
}

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { complaints } from '../torture/complaints.ts'
import { startHebb } from '../torture/hebb.ts'
import { historyProblems } from './history.ts'
import { HostWorker, LAST_WORDS } from './host-worker.ts'
import { Observer, type Left, type Observed } from './observer.ts'
import { makeHosts, type Hosts } from './namespaces.ts'
import type { Stream } from '../../runtime/values/random.ts'
import type { Job } from './jobs.ts'

/** So long after the end of a job, its messages are to be gone: a worker asks for one for 5 s at a time, and may have lost its question. */
const LEASES = 10

/** What a try has to disturb. */
export interface Stage {
  readonly hosts: Hosts
  readonly workers: readonly HostWorker[]
  readonly observer: Observer
  readonly job: Job
  /** Of the server's disk; undefined: as much as there is. */
  readonly disk: number | undefined
  readonly random: Stream
  /** Milliseconds. */
  readonly lease: number
  readonly isOver: () => boolean
  /** Notes that a worker is disturbed now, at what it has. */
  readonly disturbed: (worker: HostWorker) => void
}

/** One way to disturb hosts. */
export interface Try {
  readonly name: string
  /** What is done, in a line. */
  readonly what: string
  readonly of: Job['kind']
  /** Hosts with a worker each. */
  readonly workers: number
  readonly disk?: number
  /** Words before the command of the worker on a host. */
  readonly within?: (host: number) => readonly string[]
  /** @returns what was done how often */
  readonly disturb: (stage: Stage) => Promise<Readonly<Record<string, number>>>
  /** What the command is to end with, and what it is to say; default: it comes to the end, and to the same bits. */
  readonly refused?: RegExp
}

export interface Tried {
  readonly counts: Readonly<Record<string, number>>
  readonly seconds: number
  /** Seconds from each disturbance until another worker had what the disturbed one had. */
  readonly until: readonly number[]
  readonly attempts: number
  /** What should never happen, in words. */
  readonly violations: readonly string[]
}

export interface PlaceOptions {
  readonly folder: string
  readonly images: string
  readonly random: Stream
  /** Seconds. */
  readonly lease: number
  /** After which a try that is not at its end is a violation. */
  readonly seconds: number
}

interface Disturbance {
  readonly at: number
  readonly had: readonly Observed[]
}

/** Has hosts do a job, disturbs them, and looks what has come of it. */
export async function runTry(each: Try, job: Job, place: PlaceOptions): Promise<Tried> {
  const { folder, images, random, lease, seconds } = place
  mkdirSync(folder)
  const hosts = await makeHosts(each.workers + 1, {
    folder,
    ...(each.disk === undefined ? {} : { disk: each.disk }),
  })
  const observer = new Observer(hosts)
  try {
    const workers = Array.from({ length: each.workers }, (_, host) => {
      const scratch = join(folder, `scratch-${host}`)
      const within = each.within?.(host) ?? []
      return new HostWorker({ ...{ hosts, host, scratch, lease, within }, data: images })
    })
    const out = join(folder, 'out')
    const began = performance.now()
    const words = [...job.words(out), ...job.onHosts(hosts.url)]
    const command = startHebb(words, { within: hosts.on(each.workers), cwd: folder, seconds })
    const disturbances: Disturbance[] = []
    const counts = await each.disturb({
      ...{ hosts, workers, observer, job, random, disk: each.disk, lease: 1000 * lease },
      isOver: command.hasEnded,
      disturbed: ({ pid }) => disturbances.push({ at: Date.now(), had: observer.heldBy(pid) }),
    })
    const ended = await command.ended
    const took = (performance.now() - began) / 1000
    const violations = complaints(ended, [each.refused ? 1 : 0])
    if (violations.length > 0) violations.push(`its last words: ${ended.stderr.slice(-LAST_WORDS)}`)
    if (each.refused && !each.refused.test(ended.stderr)) violations.push(`it says: ${ended.stderr}`)
    await untilAcknowledged(observer, LEASES * lease)
    await Promise.all(workers.map((worker) => worker.stop()))
    violations.push(...workers.flatMap(({ problems }) => problems))
    violations.push(...leftProblems(await observer.left()))
    // What was removed last is heard of last.
    await setTimeout(200)
    if (!each.refused) violations.push(...job.problems(out), ...historyProblems(observer.seen, job.kind))
    const attempts = timesTaken(observer.seen)
    return { counts, seconds: took, until: taken(disturbances, observer.seen), attempts, violations }
  } finally {
    await observer.stop()
    await hosts.remove()
  }
}

/** How often a worker has taken something. */
const timesTaken = (seen: readonly Observed[]): number =>
  new Set(seen.flatMap(({ key, now }) => (now?.worker ? [`${key} ${now.attempts} ${now.worker}`] : []))).size

/** Messages of what is over go when a worker has looked at them, at the latest when the lease of the last one is over. */
async function untilAcknowledged(observer: Observer, seconds: number): Promise<void> {
  const end = performance.now() + 1000 * seconds
  while ((await observer.left()).messages > 0 && performance.now() < end) await setTimeout(500)
}

/** Of a job that is over, nothing is on the server. */
const leftProblems = ({ streams, messages, atWorkers, records }: Left): string[] => [
  ...streams.map((stream) => `${stream} is left on the server`),
  ...(messages > 0 ? [`${messages} messages are left on the server, ${atWorkers} of them for workers`] : []),
  ...records.map((record) => `the record ${record} is left on the server`),
]

/** Seconds until what was disturbed was at another worker. */
const taken = (disturbances: readonly Disturbance[], seen: readonly Observed[]): number[] =>
  disturbances.flatMap(({ at, had }) =>
    had.flatMap((before) => {
      const next = seen.find(
        ({ key, now, at: later }) =>
          key === before.key && now?.state === 'running' && later >= at && now.worker !== before.now?.worker,
      )
      return next ? [(next.at - at) / 1000] : []
    }),
  )

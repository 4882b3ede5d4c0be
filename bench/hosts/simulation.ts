import { stream } from '../../runtime/values/random.ts'
import { Agenda } from './agenda.ts'

/** Hosts that make runs over one server, as a sequence of events: times are in seconds, sizes in bytes. */

export interface Simulated {
  /** Part of the hosts' time in which steps were done that nobody had to do again. */
  readonly utilisation: number
  /** Part of the hosts' time lost to failures: steps done again, waiting for a lease to end, hosts that are away. */
  readonly lost: number
  /** Part of the hosts' time in which they waited for files. */
  readonly waiting: number
  /** Of the server, on average. */
  readonly messages: number
  readonly bytes: number
}

export interface Hosts {
  readonly count: number
  /** Of a run, while nothing disturbs it. */
  readonly run: number
  /** From one checkpoint to the next. */
  readonly every: number
  /** Of a checkpoint with all that belongs to it; what is fetched by a worker that takes a run; what whoever collects fetches. */
  readonly checkpoint: number
  readonly bundle: number
  /** Between a host and the server. */
  readonly link: number
  /** Until a run that was taken does its first step. */
  readonly start: number
  /** How long a run stays with a host that is gone, and how long that host is gone. */
  readonly lease: number
  readonly away: number
  /** Mean time from one failure of a host to the next; Infinity: none. */
  readonly between: number
}

export interface Server {
  /** Bytes a second that it stores or gives out. */
  readonly bytes: number
  /** Messages of a renewal with the look at the record, of a checkpoint and of a run that is taken. */
  readonly messages: { readonly renewal: number; readonly checkpoint: number; readonly take: number }
}

interface Host {
  /** Seconds of the run that it has which are done, and in a checkpoint. */
  done: number
  /** Seconds until it fails. */
  readonly failures: () => number
}

const RENEWALS = 3

/** @param seconds that are simulated; long beside a run */
export function simulate(hosts: Hosts, server: Server, seconds: number, seed: number): Simulated {
  const { count, run, every, checkpoint, bundle, link, start, lease, away, between } = hosts
  const agenda = new Agenda()
  const total = { useful: 0, lost: 0, waiting: 0, bytes: 0, messages: 0 }
  const left: { readonly done: number }[] = []
  let free = 0
  /** All hosts share the server; each has a link of its own. @returns when it has crossed */
  const cross = (bytes: number): number => {
    free = Math.max(free, agenda.now) + bytes / server.bytes
    total.bytes += bytes
    return Math.max(free, agenda.now + bytes / link)
  }
  /** What is under way at the end counts until then. */
  const untilEnd = (time: number): number => Math.min(time, seconds)
  const take = (host: Host): void => {
    const before = left.shift()
    host.done = before?.done ?? 0
    total.messages += server.messages.take
    const here = cross(bundle + (before ? checkpoint : 0))
    total.waiting += untilEnd(here + start) - agenda.now
    compute(host, here + start, here + start + host.failures())
  }
  /** From one checkpoint to the next, until the run is done or the host fails; what crosses does so beside the steps. */
  const compute = (host: Host, from: number, fails: number): void => {
    const piece = Math.min(every, run - host.done)
    if (fails < from + piece) {
      agenda.at(Math.max(fails, agenda.now), () => {
        fail(host, from)
      })
      return
    }
    agenda.at(from + piece, () => {
      total.useful += piece
      total.messages += server.messages.checkpoint
      const crossed = cross(checkpoint)
      host.done += piece
      if (host.done < run) {
        // A second checkpoint waits until the first is there.
        const next = Math.max(agenda.now, crossed - every)
        total.waiting += untilEnd(next) - agenda.now
        compute(host, next, fails + next - agenda.now)
        return
      }
      // Whoever collects fetches it, too.
      cross(checkpoint)
      total.waiting += untilEnd(crossed) - agenda.now
      agenda.at(crossed, () => {
        take(host)
      })
    })
  }
  const fail = (host: Host, from: number): void => {
    const { done } = host
    total.lost += Math.max(0, agenda.now - from) + away
    agenda.at(agenda.now + lease, () => left.push({ done }))
    agenda.at(agenda.now + away, () => {
      take(host)
    })
  }
  for (let number = 0; number < count; number++) {
    const random = stream(seed, 'hosts: failures', number)
    const failures = () => (between === Infinity ? Infinity : -between * Math.log(1 - random.uniformDouble()))
    const host: Host = { done: 0, failures }
    // They do not begin at the same moment.
    agenda.at(random.uniformDouble() * Math.min(run, seconds / 10), () => {
      take(host)
    })
  }
  agenda.runUntil(seconds)
  const all = count * seconds
  const renewals = (count * RENEWALS * server.messages.renewal) / lease
  return {
    ...{ utilisation: total.useful / all, lost: total.lost / all, waiting: total.waiting / all },
    ...{ messages: total.messages / seconds + renewals, bytes: total.bytes / seconds },
  }
}

import { at } from '../../src/base/lists.ts'

/** How long a step of shards takes where workers are far apart, by the times of their graphs and the link between them. */

export interface Link {
  readonly name: string
  /** Bytes a second into a worker, and out of it. */
  readonly bandwidth: number
  /** Seconds from the last byte sent to the first graph that reads it. */
  readonly latency: number
}

/** What a worker takes of another's before its runs in a place of the schedule. */
export interface Take {
  readonly maker: number
  readonly madeAt: number
  readonly bytes: number
  /** Made in the step before. */
  readonly isKept: boolean
}

/** A place in the schedule; by worker. */
export interface Place {
  readonly takes: readonly (readonly Take[])[]
  /** Seconds of its runs. */
  readonly computing: readonly number[]
}

export interface Simulated {
  /** Seconds from step to step. */
  readonly step: number
  /** Of the worker that computes longest: its graphs. The rest of a step it waits. */
  readonly computing: number
  /** Bytes that cross in a step. */
  readonly crossing: number
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/** Steps until one is like the next. */
const STEPS = 8

/**
 * Each worker goes through the schedule by itself, and waits where it needs what is not there yet. What crosses is sent to each
 * reader for itself, when it is made and both ends of the link are free; nobody is slowed down by what is sent meanwhile.
 */
export function simulate(places: readonly Place[], { bandwidth, latency }: Link): Simulated {
  const workers = places[0]?.computing.length ?? 0
  const zeros = () => Array.from({ length: workers }, () => 0)
  const [clock, into, outOf] = [zeros(), zeros(), zeros()]
  /** When a worker was done with each place, in the step before and in this one. */
  let before = places.map(zeros)
  const ends: number[] = []
  for (let step = 0; step < STEPS; step++) {
    const now = places.map(zeros)
    for (const [p, { takes, computing }] of places.entries())
      for (let worker = 0; worker < workers; worker++) {
        for (const { maker, madeAt, bytes, isKept } of at(takes, worker)) {
          const made = at(at(isKept ? before : now, madeAt), maker)
          const sent = Math.max(made, at(into, worker), at(outOf, maker)) + bytes / bandwidth
          into[worker] = sent
          outOf[maker] = sent
          clock[worker] = Math.max(at(clock, worker), sent + latency)
        }
        clock[worker] = at(clock, worker) + at(computing, worker)
        at(now, p)[worker] = at(clock, worker)
      }
    before = now
    ends.push(Math.max(...clock))
  }
  return {
    step: (at(ends, STEPS - 1) - at(ends, 0)) / (STEPS - 1),
    computing: Math.max(
      ...clock.map((_, worker) => sum(places.map(({ computing }) => at(computing, worker)))),
    ),
    crossing: sum(places.flatMap(({ takes }) => takes.flat().map(({ bytes }) => bytes))),
  }
}

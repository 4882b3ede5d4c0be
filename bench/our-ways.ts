import { Contestant } from './contestant.ts'
import type { Entry } from './duel.ts'

/** The ways in which our steps are timed; `hebb train` takes the faster. */
export const ourWays = ['threads', 'shards'] as const

/**
 * @param threads in all: of one session, or shards of one thread each
 * @param start is handed every process that is started
 */
export function ourEntries(threads: number, start: (contestant: Contestant) => Contestant): Entry[] {
  const session = { name: 'threads', told: 'hebb', contestant: start(Contestant.hebb(threads)) }
  if (threads === 1) return [session]
  return [session, { name: 'shards', told: 'shards', contestant: start(Contestant.hebb(1, threads)) }]
}

/** What a program is compiled with for them. */
export const compiledFor = (threads: number) => (threads === 1 ? {} : { shards: threads })

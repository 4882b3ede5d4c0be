import { Contestant } from './contestant.ts'
import type { Entry } from './duel.ts'

/** The ways in which our steps are timed; `hebb train` takes the faster. */
export const ourWays = ['threads'] as const

/** @param start is handed every process that is started */
export const ourEntries = (threads: number, start: (contestant: Contestant) => Contestant): Entry[] => [
  { name: 'threads', told: 'hebb', contestant: start(Contestant.hebb(threads)) },
]

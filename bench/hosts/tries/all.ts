import { clocks, duplicates, fullDisk, restarts, stopsWhileFull } from './servers.ts'
import { cuts, freezes, kills, slowLink } from './workers.ts'
import type { Try } from '../stage.ts'

/** All tries of a round, each with as much as it takes to be worth its time. */
export const sweepTries = (killCount: number): Try[] => [
  kills('sweep', killCount),
  cuts('sweep', 0.5, 4),
  cuts('sweep', 3, 3),
  freezes('sweep', 3, 4),
  restarts('sweep', [0.3, 1, 3]),
  fullDisk('sweep', 24, 2),
  clocks('sweep', 6),
  duplicates('sweep', 10),
]

export const layersTries = (killCount: number): Try[] => [
  kills('layers', killCount, 4),
  cuts('layers', 0.5, 2),
  cuts('layers', 3, 2),
  freezes('layers', 3, 2),
  freezes('layers', 0.3, 10),
  slowLink('layers', '20mbit'),
  restarts('layers', [0.3, 2]),
  stopsWhileFull('layers', 96, 2),
  duplicates('layers', 5),
]

import { compare, COMPARED, differ, type Comparison } from './compare.ts'
import { takeTurns, type Entrant, type Pace, type Timing, type Turns } from './harness.ts'
import { median } from './statistics.ts'
import type { Contestant } from './contestant.ts'
import type { Conditions } from './environment.ts'

/** One way to do the work, in the process that does it. */
export interface Entry {
  readonly name: string
  /** As the process calls it. */
  readonly told: string
  readonly contestant: Contestant
  readonly sitsOut?: boolean
}

export interface Duel extends Conditions {
  /** Our fastest way beside theirs. */
  readonly comparison: Comparison
  /** All of ours. */
  readonly ours: readonly Timing[]
  readonly satOut: Turns['satOut']
}

interface Given {
  readonly folder: string
  readonly ours: readonly Entry[]
  readonly theirs: readonly Entry[]
  readonly pace: Pace
}

/** What turns came to. */
export interface Race extends Omit<Turns, 'timings'>, Pick<Conditions, 'peer'> {
  /** Those of the fastest of ours, then theirs. */
  readonly compared: readonly Timing[]
  readonly ours: readonly Timing[]
}

/** Both sides on the case in `folder`, each way in turn. */
export async function race({ folder, pace, ...sides }: Given): Promise<Race> {
  // The yardstick first: whether there is one shows at once.
  const theirs = await open(folder, sides.theirs)
  const ours = await open(folder, sides.ours)
  const { timings, ...met } = await takeTurns([...ours.entrants, ...theirs.entrants], pace)
  const isOurs = ({ name }: Timing) => ours.entrants.some((entrant) => entrant.name === name)
  const ranked = timings.filter(isOurs).toSorted((a, b) => median(a.rounds) - median(b.rounds))
  return {
    compared: [...ranked.slice(0, 1), ...timings.filter((timing) => !isOurs(timing))],
    ours: timings.filter(isOurs),
    peer: theirs.versions,
    ...met,
  }
}

/**
 * @param tolerance of what both sides compute, relative; left out where that is random
 * @param exactly what the first steps come to in float64: where the sides differ by more, both are held to that
 */
export async function judge(
  title: string,
  { compared, ...met }: Race,
  tolerance?: number,
  exactly?: (count: number) => Promise<readonly (readonly number[])[]>,
): Promise<Duel> {
  const apart = tolerance !== undefined && differ(compared, tolerance)
  const exact = apart ? await exactly?.(COMPARED) : undefined
  return { comparison: compare(title, compared, tolerance, exact), ...met }
}

/** Every process reads the case once; ways that it does not know of this case are left out. */
async function open(
  folder: string,
  entries: readonly Entry[],
): Promise<{ entrants: Entrant[]; versions: Readonly<Record<string, string>> }> {
  const opened = new Map<Contestant, Awaited<ReturnType<Contestant['open']>>>()
  for (const { contestant } of entries)
    if (!opened.has(contestant)) opened.set(contestant, await contestant.open(folder))
  const entrants = entries
    .filter(({ contestant, told }) => opened.get(contestant)?.variants.includes(told))
    .map(({ name, told, contestant, sitsOut = false }) => ({
      name,
      sitsOut,
      run: (count: number) => contestant.run(told, count),
    }))
  const [first] = opened.values()
  return { entrants, versions: first?.versions ?? {} }
}

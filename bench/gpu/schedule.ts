import type { Found } from './figures.ts'

/** Which sections run, in which order, and what becomes of those that time does not suffice for. */

export interface Section {
  readonly name: string
  /** Seconds after which it is ended. */
  readonly limit: number
  /** Seconds without which it is not worth a beginning. */
  readonly least: number
  /** The section without which it has nothing to work on. */
  readonly needs?: string
}

export type Ended = Extract<Found, { readonly kind: 'ended' }>

export interface Run<S extends Section> {
  /** Seconds since the beginning. */
  readonly clock: () => number
  /** Seconds for all. */
  readonly budget: number
  /** Runs a section for so many seconds at most, and says how it ended. */
  readonly start: (section: S, seconds: number) => Promise<Omit<Ended, 'kind' | 'seconds'>>
  readonly tell: (section: S, ended: Ended) => void
}

/**
 * Runs sections in their order, which is that of their worth. Whatever becomes of one, the next begins; what is not begun
 * is told, too, with the reason.
 *
 * @param atOnce how many run side by side
 * @param done names of sections that did what they should, to which these are added
 */
export async function runSections<S extends Section>(
  sections: readonly S[],
  run: Run<S>,
  done: Set<string>,
  atOnce = 1,
): Promise<void> {
  const waiting = [...sections]
  const turn = async (): Promise<void> => {
    for (let section = waiting.shift(); section !== undefined; section = waiting.shift())
      await runOne(section, run, done)
  }
  await Promise.all(Array.from({ length: atOnce }, turn))
}

async function runOne<S extends Section>(
  section: S,
  { clock, budget, start, tell }: Run<S>,
  done: Set<string>,
): Promise<void> {
  const began = clock()
  const left = budget - began
  const skip = (why: string) => {
    tell(section, { kind: 'ended', outcome: 'skipped', seconds: 0, why })
  }
  if (section.needs !== undefined && !done.has(section.needs)) {
    skip(`'${section.needs}' did not succeed`)
    return
  }
  if (left < section.least) {
    skip(`${Math.max(0, left).toFixed(0)} s are left, and it needs ${section.least}`)
    return
  }
  const ended = await start(section, Math.min(section.limit, left))
  if (ended.outcome === 'done') done.add(section.name)
  tell(section, { kind: 'ended', seconds: clock() - began, ...ended })
}

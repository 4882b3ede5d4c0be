/** Cases have numbers: a number and a seed say all that is chosen in one, so that it can be run again alone. */

export interface Case {
  /** In a line: what is done. */
  readonly what: string
  readonly run: () => Promise<Outcome>
}

export interface Outcome {
  /** What happened how often, such as `refused: 1`. */
  readonly counts: Readonly<Record<string, number>>
  /** What should never happen, each in words. */
  readonly violations: readonly string[]
}

export interface Violation {
  readonly case: number
  readonly what: string
  readonly problem: string
}

/** What a number of cases came to. */
export interface Tally {
  readonly cases: number
  /** Whether all that was planned was done in the time given. */
  readonly complete: boolean
  readonly seconds: number
  readonly counts: Readonly<Record<string, number>>
  readonly violations: readonly Violation[]
}

export interface Settings {
  readonly seed: number
  /** How many are wanted; each section counts in its own unit. */
  readonly count: number
  /** No case begins after it, in milliseconds of `performance.now()`. */
  readonly until: number
  /** Cases at once. */
  readonly jobs: number
  /** Only the case of this number. */
  readonly only?: number | undefined
  /** Where cases may write; each has a folder of its own in it, of its number. */
  readonly folder: string
  /** Where programs lie, for the section that compiles such. */
  readonly programs?: string | undefined
  /** Told of each case as it ends. */
  readonly onDone?: (number: number, what: string, outcome: Outcome) => void
}

type Counts = Record<string, number>

/**
 * Runs cases in the order of their numbers, from 0, several at once, until there are none left, `enough` have been done
 * or the time is over.
 */
export async function runCases(
  caseOf: (number: number) => Case | undefined,
  { until, jobs, only, onDone }: Settings,
  enough: (counts: Readonly<Counts>) => boolean = () => false,
): Promise<Tally> {
  const counts: Counts = {}
  const violations: Violation[] = []
  const began = performance.now()
  let next = only ?? 0
  let cases = 0
  let late = false
  const take = (): readonly [number, Case] | undefined => {
    const found = (only !== undefined && next > only) || enough(counts) ? undefined : caseOf(next)
    late ||= found !== undefined && performance.now() > until
    return found === undefined || late ? undefined : [next++, found]
  }
  const work = async () => {
    for (let taken = take(); taken; taken = take()) {
      const [number, { what, run }] = taken
      const outcome = await run()
      cases++
      for (const [name, count] of Object.entries(outcome.counts)) counts[name] = (counts[name] ?? 0) + count
      violations.push(...outcome.violations.map((problem) => ({ case: number, what, problem })))
      onDone?.(number, what, outcome)
    }
  }
  await Promise.all(Array.from({ length: only === undefined ? jobs : 1 }, work))
  violations.sort((a, b) => a.case - b.case)
  return { cases, complete: !late, seconds: (performance.now() - began) / 1000, counts, violations }
}

import { table } from '../markdown.ts'
import type { Outcome, Tally } from './cases.ts'

/** A section that was tortured. */
export interface Finished {
  readonly name: string
  readonly seed: number
  /** Infinity where all there are were wanted. */
  readonly planned: number
  readonly tally: Tally
}

/** On stderr, as they come: violations, and what a case was. */
export const tellCase =
  (name: string) =>
  (number: number, what: string, { violations }: Outcome): void => {
    for (const problem of violations) console.error(`${name} ${number}: ${what}\n  ${problem}`)
  }

const listed = (counts: Tally['counts']): string =>
  Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ')

/** Counts, every violation with its case, and how to run one again. */
export function tellTally({ name, seed, planned, tally }: Finished): string {
  const { cases, complete, seconds, counts, violations } = tally
  const late = complete
    ? ''
    : `; the time was over before ${Number.isFinite(planned) ? planned : 'all'} were done`
  return [
    `${name}: ${cases} cases in ${Math.round(seconds)} s${late}`,
    `  ${listed(counts)}`,
    `  violations: ${violations.length}`,
    ...violations.map((each) => `    ${name} ${each.case}: ${each.what}: ${each.problem}`),
    ...(violations.length > 0
      ? [`  again, alone: npx tsx bench/torture.ts ${name} --seed ${seed} --case NUMBER`]
      : []),
    '',
  ].join('\n')
}

export const tortureTable = (finished: readonly Finished[]): string =>
  table(
    ['', 'cases', 'what happened', 'violations', 'time'],
    finished.map(({ name, tally }) => [
      name,
      `${tally.cases}${tally.complete ? '' : ' (time over)'}`,
      listed(tally.counts),
      String(tally.violations.length),
      `${Math.round(tally.seconds)} s`,
    ]),
  )

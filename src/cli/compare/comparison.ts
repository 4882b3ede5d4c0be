import { UserError } from '../../base/error.ts'
import { present } from '../../base/lists.ts'
import { didYouMean } from '../../base/near-names.ts'
import { pairedDifferences, summarise, type Summary } from '../../base/statistics.ts'
import { differences, grouped, type Group } from './groups.ts'
import { isMeasured, type MeasuredRun, type UnfinishedRun } from './measured.ts'

/** A group of runs, and what their figures come to. */
export interface Compared extends Group {
  /** By figure, over seeds. */
  readonly figures: ReadonlyMap<string, Summary>
  /** By figure, over the seeds that the baseline has, too: this group's less the baseline's. Empty of the baseline. */
  readonly differences: ReadonlyMap<string, Summary>
}

export interface Comparison {
  readonly groups: readonly Compared[]
  readonly baseline: string
  readonly runs: readonly MeasuredRun[]
  /** What a reader of the figures should know. */
  readonly notes: readonly string[]
}

const figureNames = (runs: Iterable<MeasuredRun>): string[] => [
  ...new Set([...runs].flatMap(({ figures }) => [...figures.keys()])),
]

/** By seed. */
function valuesOf({ runs }: Group, name: string): ReadonlyMap<number, number> {
  return new Map(
    [...runs].flatMap(([seed, { figures }]) => {
      const value = figures.get(name)
      return value === undefined ? [] : [[seed, value] as const]
    }),
  )
}

const summaries = (
  group: Group,
  of: (values: ReadonlyMap<number, number>, name: string) => readonly number[],
): ReadonlyMap<string, Summary> =>
  new Map(
    figureNames(group.runs.values()).flatMap((name) => {
      const summary = summarise(of(valuesOf(group, name), name))
      return summary ? [[name, summary] as const] : []
    }),
  )

/**
 * Runs grouped by program and options, over seeds.
 *
 * @param baseline the name of a group, or the folder of a run in it; undefined: the first
 * @throws UserError where none has come to its end, or there is no such baseline
 */
export function compareRuns(all: readonly (MeasuredRun | UnfinishedRun)[], baseline?: string): Comparison {
  const runs = all.filter(isMeasured)
  const unfinished = all.flatMap((run) =>
    isMeasured(run) ? [] : [`${run.folder} stands at step ${run.step} of ${run.steps}, and is left out`],
  )
  if (runs.length === 0)
    throw new UserError('RunError', 'no run has come to its end', {
      details: unfinished,
      help: 'Go on with them, by hebb run or hebb train --resume.',
    })
  const { groups, doubles } = grouped(runs)
  const isBaseline = ({ name, runs }: Group) =>
    name === baseline || [...runs.values()].some(({ folder }) => folder === baseline)
  const first = baseline === undefined ? groups[0] : groups.find(isBaseline)
  const names = groups.map(({ name }) => name)
  if (!first)
    throw new UserError('RunError', `there is no '${baseline ?? ''}' among the runs`, {
      help: didYouMean(baseline ?? '', names),
    })
  const compared = groups.map((group): Compared => {
    const others = (values: ReadonlyMap<number, number>, name: string) =>
      pairedDifferences(values, valuesOf(first, name))
    return {
      ...group,
      figures: summaries(group, (values) => [...values.values()]),
      differences: group === first ? new Map() : summaries(group, others),
    }
  })
  const notes = [...differences(runs), ...doubles, ...unfinished, ...runs.flatMap(({ notes }) => notes)]
  return { groups: compared, baseline: present(first, 'a baseline').name, runs, notes }
}

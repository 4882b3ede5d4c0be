import { table } from '../table.ts'
import { readSweep, runFolder } from './record.ts'
import type { Made } from '../compare/files.ts'

/** Who has made the runs of a sweep, where those were workers of a server: by the folders of the runs. */
export const madeRuns = (sweep: string): ReadonlyMap<string, Made> =>
  new Map(
    (readSweep(sweep)?.runs ?? []).flatMap((run) =>
      run.made ? [[runFolder(sweep, run), run.made] as const] : [],
    ),
  )

/** More than is read; all of them are in sweep.csv. */
const MOST_ROWS = 20

/** Who has made which run, those first that were taken most often; empty where no worker has made any. */
export function madeText(made: ReadonlyMap<string, Made>): string {
  if (made.size === 0) return ''
  const sorted = [...made].toSorted(([, a], [, b]) => b.attempts - a.attempts)
  const rows = sorted.slice(0, MOST_ROWS).map(([run, { worker, attempts }]) => [run, worker, attempts])
  const left = sorted.length - rows.length
  const more = left > 0 ? `\n… and ${left} more in sweep.csv` : ''
  return `\n\nMade by workers\n\n${table(['run', 'worker', 'attempts'], rows, 'llr')}${more}`
}

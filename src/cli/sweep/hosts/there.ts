import { recordOfRun } from '../../../../runtime/hosts/run-records.ts'
import { isOf, type Common } from './published.ts'
import type { Held, Records } from '../../../../runtime/hosts/records.ts'
import type { RunJob } from '../../../../runtime/hosts/run-job.ts'
import type { RecordedRun } from '../record.ts'

/** What a server has of a sweep. */
export interface There {
  /** Of its runs, by their keys. */
  readonly records: ReadonlyMap<string, Held<RunJob>>
  /** Of others of its runs: what is wrong with their records, which somebody else has written. */
  readonly strange: ReadonlyMap<string, string>
  /** Keys that begin like its own, of which no run has one. */
  readonly strays: readonly string[]
}

export async function lookThere(
  runs: Records<RunJob>,
  sweep: readonly RecordedRun[],
  common: Common,
): Promise<There> {
  const { job } = common
  const byKey = new Map(sweep.map((run) => [recordOfRun({ job, name: run.name }), run]))
  const strange = new Map<string, string>()
  const strays: string[] = []
  const found = await runs.all(job, (key, { problem }) => {
    if (byKey.has(key)) strange.set(key, problem)
    else strays.push(key)
  })
  const records = new Map<string, Held<RunJob>>()
  for (const [key, held] of found) {
    const run = byKey.get(key)
    if (!run) strays.push(key)
    else if (isOf(run, held.value, common)) records.set(key, held)
    else strange.set(key, `the record ${key} on the server is not the one that was published`)
  }
  return { records, strange, strays }
}

/** What is wrong with a run whose record is somebody else's, and what to do. */
export const strangeText = (problem: string, out: string): string =>
  `${problem}\nSomebody else, or another version of hebb, has written it: hebb sweep --withdraw --out ${out} removes it there, and the command of the sweep then publishes the run again.`

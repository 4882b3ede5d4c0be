import { recordOfRun } from '../../../../runtime/hosts/run-records.ts'
import type { Held } from '../../../../runtime/hosts/records.ts'
import type { RunJob, WorkerEntry } from '../../../../runtime/hosts/run-job.ts'
import type { RecordedRun } from '../record.ts'

/** How a sweep stands that others make, at one moment. */

/** Of a run: `missing` where the server knows nothing of it, `here` where it is fetched. */
export type State = RunJob['state'] | 'missing' | 'here'

export interface SeenRun {
  readonly name: string
  readonly state: State
  readonly worker: string | undefined
  readonly step: number
  /** Of the whole run; undefined where that is not known any more. */
  readonly steps: number | undefined
  /** How often a worker has taken it. */
  readonly attempts: number
  /** The images that it is trained on, while it waits. */
  readonly data: string | undefined
  /** Why it has failed. */
  readonly failure: string | undefined
}

export interface Seen {
  readonly runs: readonly SeenRun[]
  readonly workers: ReadonlyMap<string, WorkerEntry>
  /** What keeps runs waiting that nobody is about to change. */
  readonly hindrance: string | undefined
}

/** What the server says, and what is known here. */
export interface Known {
  /** The address of the server, without credentials. */
  readonly url: string
  readonly job: string
  readonly records: ReadonlyMap<string, Held<RunJob>>
  readonly workers: ReadonlyMap<string, Held<WorkerEntry>>
  /** Names of runs that are fetched and judged. */
  readonly here: ReadonlySet<string>
  /** Why others have failed, by their names. */
  readonly failures: ReadonlyMap<string, string>
}

export function seenOf(
  runs: readonly RecordedRun[],
  { url, job, records, here, failures, ...known }: Known,
): Seen {
  const workers = new Map([...known.workers].map(([id, { value }]) => [id, value]))
  const seen = runs.map(({ name }): SeenRun => {
    const record = recordOfRun({ job, name })
    const held = records.get(record)
    if (here.has(name)) return standing(name, 'here')
    if (failures.has(name)) return { ...standing(name, 'failed'), failure: failures.get(name) }
    return held ? onServer(record, held.value, workers) : standing(name, 'missing')
  })
  return { runs: seen, workers, hindrance: hindranceOf(seen, records, workers, url) }
}

const standing = (name: string, state: State): SeenRun => ({
  ...{
    name,
    state,
    worker: undefined,
    step: 0,
    steps: undefined,
    attempts: 0,
    data: undefined,
    failure: undefined,
  },
})

/** A worker knows how far it is before it has written a checkpoint. */
function onServer(record: string, job: RunJob, workers: ReadonlyMap<string, WorkerEntry>): SeenRun {
  const { name, state, worker, steps, attempts, data } = job
  const at = worker === null ? undefined : workers.get(worker)?.at.find((each) => each.record === record)
  const step = state === 'done' ? steps : Math.max(job.step, at?.step ?? 0)
  const by = { worker: worker ?? undefined, step, steps, attempts }
  return { name, state, ...by, data: state === 'waiting' ? data.name : undefined, failure: undefined }
}

/** Undefined where nothing waits, or somebody may take it. */
function hindranceOf(
  runs: readonly SeenRun[],
  records: Known['records'],
  workers: ReadonlyMap<string, WorkerEntry>,
  url: string,
): string | undefined {
  const waiting = runs.filter(({ state }) => state === 'waiting')
  const provider = [...records.values()][0]?.value.provider
  if (waiting.length === 0 || provider === undefined) return undefined
  const able = [...workers.values()].filter((worker) => worker.provider === provider)
  if (able.length === 0)
    return `no worker for ${provider} is there: hebb work --on ${url} --provider ${provider} --data FOLDER, where the images are`
  const wanted = new Set(waiting.flatMap(({ data }) => data ?? []))
  const lacking = [...wanted].filter((name) => able.every(({ lacks }) => lacks.includes(name)))
  if (lacking.length === 0) return undefined
  return `no worker has ${lacking.join(', ')} with the images of this sweep: put it below its --data`
}

import { hindranceOf } from '../../../../runtime/hosts/hindrance.ts'
import { recordOfRun } from '../../../../runtime/hosts/run-records.ts'
import type { Held } from '../../../../runtime/hosts/records.ts'
import type { RunJob, WorkerEntry } from '../../../../runtime/hosts/run-job.ts'
import type { Heard } from './heard.ts'
import type { RecordedRun } from '../record.ts'

/** How a sweep stands that others make, at one moment. */

/**
 * Of a run: `probing` where its steps are done, `lost` where its worker is gone and no other one has it yet, `missing` where the
 * server knows nothing of it, `here` where it is fetched.
 */
export type State = RunJob['state'] | 'probing' | 'lost' | 'missing' | 'here'

/** Whether a worker is at it. */
export const isMade = ({ state }: Pick<SeenRun, 'state'>): boolean =>
  state === 'running' || state === 'probing'

export interface SeenRun {
  readonly name: string
  readonly state: State
  readonly worker: string | undefined
  readonly step: number
  /** Of the whole run; undefined where that is not known any more. */
  readonly steps: number | undefined
  /** How often a worker has taken it. */
  readonly attempts: number
  /** Milliseconds for which its worker, which is there still, should have said something. */
  readonly silence: number | undefined
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
  readonly heard: Pick<Heard, 'isGone' | 'silence'>
  /** Names of runs that are fetched and judged. */
  readonly here: ReadonlySet<string>
  /** Why others have failed, by their names. */
  readonly failures: ReadonlyMap<string, string>
}

export function seenOf(
  runs: readonly RecordedRun[],
  { url, job, records, heard, here, failures, ...known }: Known,
): Seen {
  const workers = new Map([...known.workers].map(([id, { value }]) => [id, value]))
  const seen = runs.map(({ name }): SeenRun => {
    const record = recordOfRun({ job, name })
    const held = records.get(record)
    if (here.has(name)) return standing(name, 'here')
    if (failures.has(name)) return { ...standing(name, 'failed'), failure: failures.get(name) }
    return held ? onServer(record, held.value, workers, heard) : standing(name, 'missing')
  })
  return { runs: seen, workers, hindrance: hindrance(seen, records, workers, url) }
}

const standing = (name: string, state: State): SeenRun => ({
  ...{
    name,
    state,
    worker: undefined,
    step: 0,
    steps: undefined,
    attempts: 0,
    silence: undefined,
    data: undefined,
    failure: undefined,
  },
})

/** A worker knows how far it is before it has written a checkpoint. */
function onServer(
  record: string,
  job: RunJob,
  workers: ReadonlyMap<string, WorkerEntry>,
  heard: Known['heard'],
): SeenRun {
  const { name, worker, steps, attempts, data } = job
  const at = worker === null ? undefined : workers.get(worker)?.at.find((each) => each.record === record)
  const step = job.state === 'done' ? steps : Math.max(job.step, at?.step ?? 0)
  const state = stateOf(job, step, heard)
  const silence = worker !== null && isMade({ state }) ? heard.silence(worker) : undefined
  return {
    ...{ name, state, worker: worker ?? undefined, step, steps, attempts, silence },
    ...{ data: isWaiting({ state }) ? data.name : undefined },
    failure: job.state === 'failed' ? whyFailed(job) : undefined,
  }
}

/** What the server knows of why a run has failed. */
export const whyFailed = ({ failure }: Pick<RunJob, 'failure'>): string =>
  failure ?? 'its worker has not said why'

function stateOf({ state, worker, steps }: RunJob, step: number, heard: Known['heard']): State {
  if (state !== 'running') return state
  if (worker !== null && heard.isGone(worker)) return 'lost'
  return step >= steps ? 'probing' : 'running'
}

/** Whether some worker is to take it. */
export const isWaiting = ({ state }: Pick<SeenRun, 'state'>): boolean =>
  state === 'waiting' || state === 'lost'

/** Undefined where nothing waits, or somebody may take it. */
function hindrance(
  runs: readonly SeenRun[],
  records: Known['records'],
  workers: ReadonlyMap<string, WorkerEntry>,
  url: string,
): string | undefined {
  const waiting = runs.filter(isWaiting)
  const provider = [...records.values()][0]?.value.provider
  if (waiting.length === 0 || provider === undefined) return undefined
  const data = new Set(waiting.flatMap(({ data: name }) => name ?? []))
  return hindranceOf([...workers.values()], { provider, data, of: 'sweep', url })
}

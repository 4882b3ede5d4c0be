import { setTimeout } from 'node:timers/promises'
import { openWorkers, recordOfRun } from '../../../../runtime/hosts/run-records.ts'
import { isDone, type RecordedRun } from '../record.ts'
import { wordsOf } from '../settings.ts'
import { isFinished, type Collector, type CollectOptions } from './collect.ts'
import { Heard } from './heard.ts'
import { Gauges } from './gauges.ts'
import { seenOf, whyFailed } from './seen.ts'
import type { Held } from '../../../../runtime/hosts/records.ts'
import type { RunJob } from '../../../../runtime/hosts/run-job.ts'
import type { Failure } from '../child.ts'
import type { Failures } from '../run-all.ts'
import type { HostsBoard } from './shown-board.ts'

/** How often the server is asked; of thousands of runs more seldom, since all of them are listed. */
const LOOK_MS = 500
const MOST_A_SECOND = 500

export interface FollowOptions extends CollectOptions {
  /** Those that are waited for. */
  readonly wanted: readonly RecordedRun[]
  /** Why some of these were not published. */
  readonly failures: ReadonlyMap<string, string>
  readonly board: HostsBoard
}

/**
 * Shows how the runs of a sweep stand and fetches each that is done, until all are done or have failed.
 *
 * @returns what failed; undefined where watching was stopped
 * @throws UserError where a run cannot be fetched
 */
export async function followRuns(collector: Collector, options: FollowOptions): Promise<Failures> {
  const { server, runs, job, wanted, board, signal, out, settings, again } = options
  const judged = wordsOf(settings.judging).join(' ')
  const failures = new Map(options.failures)
  const here = new Set(wanted.filter((run) => isDone(out, run, judged)).map(({ name }) => name))
  const workers = await openWorkers(server, again)
  const gauges = new Gauges(options)
  const heard = new Heard()
  const note = (run: RecordedRun, failure: Failure) => {
    if (failure === undefined) here.add(run.name)
    else failures.set(run.name, failure)
  }
  while (!signal.aborted) {
    const records = await runs.all(job)
    // Of workers of another version nothing is shown.
    const there = await workers.all(undefined, () => undefined)
    heard.look(records, there)
    const left = wanted.filter(({ name }) => !here.has(name) && !failures.has(name))
    const seen = seenOf(wanted, { url: server.url, job, records, workers: there, heard, here, failures })
    board.show(seen)
    gauges.write(seen, wanted)
    if (left.length === 0) return failures
    const ended = left.map(
      (run) => [run, endOf(run, records.get(recordOfRun({ job, name: run.name })), out)] as const,
    )
    const first = ended.find(([, end]) => end !== undefined)
    if (first?.[1]) {
      const [run, { failure, job: ended }] = first
      if (failure !== undefined && ended) await collector.takeSaid(run, ended)
      note(run, failure ?? (await collector.collect(run, ended)))
    } else {
      const pause = Math.max(LOOK_MS, (1000 * wanted.length) / MOST_A_SECOND)
      await setTimeout(pause, undefined, { signal }).catch(() => undefined)
    }
  }
  return undefined
}

/** A run that is to be fetched, or judged where it is here already; or why it has failed. Undefined where it is made still. */
interface End {
  readonly job: RunJob | undefined
  readonly failure?: string
}

function endOf(run: RecordedRun, held: Held<RunJob> | undefined, out: string): End | undefined {
  if (!held)
    return isFinished(out, run)
      ? { job: undefined }
      : {
          job: undefined,
          failure: 'it is not on the server: the command of the sweep publishes it',
        }
  const { state } = held.value
  if (state === 'done') return { job: held.value }
  if (state !== 'failed') return undefined
  return { job: held.value, failure: whyFailed(held.value) }
}

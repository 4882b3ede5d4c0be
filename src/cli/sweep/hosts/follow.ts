import { setTimeout } from 'node:timers/promises'
import { openWorkers } from '../../../../runtime/hosts/run-records.ts'
import { isDone, type RecordedRun } from '../record.ts'
import { wordsOf } from '../settings.ts'
import { commandOf } from './command-of.ts'
import { endOf } from './end-of.ts'
import { Heard } from './heard.ts'
import { Gauges } from './gauges.ts'
import { KnownWorkers } from './known-workers.ts'
import { QueueWatch } from './queue-watch.ts'
import { seenOf } from './seen.ts'
import { Strays } from './strays.ts'
import { lookThere } from './there.ts'
import type { Collector, CollectOptions } from './collect.ts'
import type { Failure } from '../child.ts'
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

/** What has come of the runs that were waited for. */
export interface Followed {
  readonly failures: ReadonlyMap<string, string>
  /** Names of those that nobody has published, since that was broken off. */
  readonly unpublished: ReadonlySet<string>
}

/**
 * Shows how the runs of a sweep stand and fetches each that is done, until all are done, have failed, or were never published.
 *
 * @returns undefined where watching was stopped
 * @throws UserError ('FileError') where nothing can be written here; ('ServerError') where runs wait in no queue
 */
export async function followRuns(
  collector: Collector,
  options: FollowOptions,
): Promise<Followed | undefined> {
  const { server, runs, job, wanted, board, signal, out, settings, again } = options
  const { runs: all, threads } = collector.sweep
  const judged = wordsOf(settings.judging).join(' ')
  const failures = new Map(options.failures)
  const here = new Set(wanted.filter((run) => isDone(out, run, judged)).map(({ name }) => name))
  const unpublished = new Set<string>()
  const workers = new KnownWorkers(await openWorkers(server, again), board.tell)
  const queue = new QueueWatch({ server, again, command: commandOf(collector.sweep, out) })
  const strays = new Strays(out, board.tell)
  const gauges = new Gauges(options)
  const heard = new Heard()
  const note = (run: RecordedRun, failure: Failure) => {
    if (failure === undefined) here.add(run.name)
    else failures.set(run.name, failure)
  }
  while (!signal.aborted) {
    const there = await lookThere(runs, all, { job, threads })
    const { records } = there
    const known = await workers.look()
    heard.look(records, known)
    strays.look(there.strays)
    const isLeft = ({ name }: RecordedRun) => !here.has(name) && !failures.has(name) && !unpublished.has(name)
    const left = wanted.filter(isLeft)
    const seen = seenOf(wanted, { url: server.url, job, records, workers: known, heard, here, failures })
    board.show(seen)
    gauges.write(seen, wanted)
    if (left.length === 0) return { failures, unpublished }
    const ended = left.map((run) => [run, endOf(run, there, { job, out })] as const)
    for (const [{ name }, end] of ended) if (end?.isUnpublished) unpublished.add(name)
    const first = ended.find(([run, end]) => end !== undefined && isLeft(run))
    if (first?.[1]) {
      const [run, { failure, held }] = first
      if (failure !== undefined && held) await collector.takeSaid(run, held.value)
      note(run, failure ?? (await collector.collect(run, held)))
    } else if (left.some(isLeft)) {
      await queue.look(seen.runs, [...records.values()][0]?.value.provider)
      const pause = Math.max(LOOK_MS, (1000 * wanted.length) / MOST_A_SECOND)
      await setTimeout(pause, undefined, { signal }).catch(() => undefined)
    }
  }
  return undefined
}

import { runChild, untilFree, type Failure } from './child.ts'
import {
  doneOf,
  identityOf,
  isDone,
  logOf,
  runFolder,
  withRun,
  writeSweep,
  type RecordedRun,
  type SweepRecord,
} from './record.ts'
import { wordsOf, type RunSettings } from './settings.ts'
import type { Board } from './board.ts'
import type { SweepPlan } from './plan.ts'

export interface RunAllOptions {
  readonly out: string
  readonly settings: RunSettings
  readonly jobs: number
  readonly workers: number
  /** A file of gauges, beside which each run has one of its own. */
  readonly prometheus: string | undefined
  readonly signal: AbortSignal
  /** Made for so many runs, of which so many are done. */
  readonly board: (total: number, done: number) => Board
}

/** What failed, by the names of runs; undefined where the sweep was stopped before all had ended. */
export type Failures = ReadonlyMap<string, string> | undefined

/** Makes all runs that are asked for and not done, some at a time. Each that is done is noted at once. */
export async function runAll({ record, asked }: SweepPlan, options: RunAllOptions): Promise<Failures> {
  const { out, settings, jobs, signal } = options
  const isStopped = () => signal.aborted
  const judged = wordsOf(settings.judging).join(' ')
  let now: SweepRecord = record
  const note = (run: RecordedRun) => {
    now = withRun(now, run)
    writeSweep(out, now)
  }
  writeSweep(out, now)
  const wanted = record.runs.filter(({ name }) => asked.has(name))
  const waiting = wanted.filter((run) => !isDone(out, run, judged))
  const board = options.board(wanted.length, wanted.length - waiting.length)
  const failures = new Map<string, string>()
  const makeOne = async (run: RecordedRun): Promise<void> => {
    const folder = runFolder(out, run)
    await untilFree(folder, signal, (pid) => {
      board.tell(`${run.name}: waiting for process ${pid}, which still has it`)
    })
    if (isStopped()) return
    const began = performance.now()
    board.begun(run.name, folder)
    const failure = await makeRun(run, now, options)
    if (failure !== undefined && isStopped()) return
    if (failure === undefined) note({ ...run, done: doneOf(folder, judged) })
    else failures.set(run.name, failure)
    board.ended(run.name, { seconds: (performance.now() - began) / 1000, failure })
  }
  const work = async () => {
    for (let run = waiting.shift(); run && !isStopped(); run = waiting.shift()) await makeOne(run)
  }
  try {
    await Promise.all(Array.from({ length: jobs }, work))
  } finally {
    board.stop()
  }
  return isStopped() ? undefined : failures
}

/** How a run is made here. */
export type MakeOptions = Pick<RunAllOptions, 'out' | 'settings' | 'workers' | 'prometheus' | 'signal'>

/** What `hebb run` is told to make a run of a sweep. */
export function runWords(
  run: RecordedRun,
  sweep: SweepRecord,
  { out, settings }: Pick<MakeOptions, 'out' | 'settings'>,
): string[] {
  const identity = identityOf(sweep, run)
  return [
    ...[run.program, ...wordsOf(settings.fixed), ...wordsOf(settings.judging), ...wordsOf(settings.free)],
    ...Object.entries(run.options).map(([name, value]) => `--set=${name}=${value}`),
    ...[`--seed=${run.seed}`, `--threads=${sweep.threads}`, `--out=${runFolder(out, run)}`],
    ...(identity === undefined ? [] : [`--expect=${identity}`]),
  ]
}

/** A flag and its value, as records of runs have them. */
const apart = (word: string): readonly string[] => /^(--[\w-]+)=(.*)$/su.exec(word)?.slice(1) ?? [word]

/** The command that makes a run of a sweep here, as records of runs have it. */
export const hebbRun = (...given: Parameters<typeof runWords>): string[] => [
  ...['hebb', 'run'],
  ...runWords(...given).flatMap(apart),
]

/** One run, in a process of its own. */
export function makeRun(run: RecordedRun, sweep: SweepRecord, options: MakeOptions): Promise<Failure> {
  const { out, workers, prometheus, signal } = options
  const words = [
    ...runWords(run, sweep, options),
    ...(prometheus === undefined ? [] : [`--prometheus=${gaugesFile(prometheus, run)}`]),
  ]
  return runChild(words, { log: logOf(out, run), workers, signal })
}

/** `FOLDER/hebb.prom` is `FOLDER/hebb-NAME.prom` for a run: names have no slashes. */
export const gaugesFile = (prometheus: string, { name }: RecordedRun): string =>
  prometheus.replace(/\.prom$/, () => `-${name}.prom`)

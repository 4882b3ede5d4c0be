import { openRun, runFiles } from '../../../../runtime/files/run-folder.ts'
import { recordOfRun } from '../../../../runtime/hosts/run-records.ts'
import { placeOfRun } from '../../../../runtime/train/devices.ts'
import { LeaseLost, type Held, type Records } from '../../../../runtime/hosts/records.ts'
import { over } from '../../../../runtime/hosts/job.ts'
import { UserError } from '../../../base/error.ts'
import { isThere } from '../../../base/file-kind.ts'
import { without } from '../../../base/without.ts'
import { reportRun } from '../../run/judge.ts'
import { finishedCheckpoint } from '../../run/same-run.ts'
import { doneOf, runFolder, withRun, writeSweep, type RecordedRun, type SweepRecord } from '../record.ts'
import { hebbRun, makeRun, type MakeOptions } from '../run-all.ts'
import { wordsOf, type Flags } from '../settings.ts'
import { releaseRun, releaseSweep, removeRunFiles } from './release.ts'
import { takeSaid } from './take-said.ts'
import { takeRun } from './take.ts'
import { lookThere } from './there.ts'
import type { AgainOptions } from '../../../../runtime/hosts/passing.ts'
import type { RunJob } from '../../../../runtime/hosts/run-job.ts'
import type { Server } from '../../../../runtime/hosts/server.ts'
import type { Failure } from '../child.ts'

/** What fetching the runs of a sweep takes. */
export interface CollectOptions extends MakeOptions {
  readonly server: Server
  readonly runs: Records<RunJob>
  readonly job: string
  /** Where the images lie here, as records of runs have it. */
  readonly data: string
  readonly again: AgainOptions
  /** Says what does not stop it. */
  readonly tell: (line: string) => void
}

/** Fetches runs of a sweep, judges them as it is asked, and notes each at once. */
export class Collector {
  private readonly options: CollectOptions
  private now: SweepRecord

  constructor(sweep: SweepRecord, options: CollectOptions) {
    this.options = options
    this.now = sweep
  }

  get sweep(): SweepRecord {
    return this.now
  }

  /**
   * A run that is done on the server, or lies here with all of its steps.
   *
   * @param held the server's record of it; undefined: it is here
   * @returns why it could not be fetched or judged; undefined where it is. What is wrong with one run stops no others
   * @throws UserError ('FileError') where nothing can be written here
   */
  async collect(run: RecordedRun, held: Held<RunJob> | undefined): Promise<Failure> {
    try {
      return await this.collectOne(run, held)
    } catch (error) {
      if (!(error instanceof UserError) || isOfThisDisk(error)) throw error
      return `${error.name}: ${error.message}`
    }
  }

  private async collectOne(run: RecordedRun, held: Held<RunJob> | undefined): Promise<Failure> {
    const folder = runFolder(this.options.out, run)
    const job = held?.value
    if (held) {
      if (!isFinished(this.options.out, run)) await this.take(run, held, folder)
      await this.takeSaid(run, held.value)
    }
    const failure = await this.judge(run, job, folder)
    if (failure !== undefined) return failure
    this.note({
      ...{
        ...without(run, 'published'),
        done: doneOf(folder, wordsOf(this.options.settings.judging).join(' ')),
      },
      ...(job?.worker ? { made: { worker: job.worker, attempts: job.attempts } } : {}),
    })
    if (job) await releaseRun(job, this.options)
    return undefined
  }

  /**
   * What was asked for is here. Where nobody has asked for more of the sweep, nothing of it is left on the server.
   *
   * @returns how many other runs of it are there, and stay
   */
  async close(): Promise<number> {
    const { server, runs, job, out } = this.options
    const there = await lookThere(runs, this.now.runs, { job, threads: this.now.threads })
    const isThere = (key: string) => there.records.has(key) || there.strange.has(key)
    const others = this.now.runs.filter(
      ({ name, done }) => done === undefined && isThere(recordOfRun({ job, name })),
    )
    if (others.length > 0) return others.length
    this.now = await releaseSweep(out, this.now, { server, job })
    return 0
  }

  /** What a run has said: of one that has failed, too. */
  async takeSaid(run: RecordedRun, job: RunJob): Promise<void> {
    await takeSaid(run, job, this.options)
  }

  private async take(run: RecordedRun, held: Held<RunJob>, folder: string): Promise<void> {
    const { server, data, again } = this.options
    const { value: job } = held
    const record = recordOfRun(job)
    const command = hebbRun(run, this.now, this.options)
    try {
      await takeRun(job, { server, record, folder, data, command, again })
    } catch (error) {
      if (!(error instanceof UserError) || error.name !== 'ServerError') throw error
      await this.refuse(held, error.problem)
      throw error.note('The command of the sweep publishes the run again, from its beginning.')
    }
  }

  /** What a worker says that it has done is not there, or something else: it is not done, and nobody is to go on with it. */
  private async refuse({ value, revision }: Held<RunJob>, failure: string): Promise<void> {
    const { runs } = this.options
    const begin = { ...without(value, 'said'), step: 0, files: [] }
    try {
      await runs.write(recordOfRun(value), revision, { ...begin, ...over('failed'), failure })
      await removeRunFiles(value, this.options)
    } catch (error) {
      // Somebody else has written it just now, and knows better.
      if (!(error instanceof LeaseLost)) throw error
    }
  }

  /** What workers do not do, or did otherwise than is asked now, is done as on one machine. */
  private async judge(run: RecordedRun, job: RunJob | undefined, folder: string): Promise<Failure> {
    const { judging } = this.options.settings
    if (!job || '--align' in judging || isOtherwise(job.flags, judging))
      return makeRun(run, this.now, { ...this.options, prometheus: undefined })
    if ('--no-report' in judging) return undefined
    const opened = openRun(folder)
    const checkpoint = finishedCheckpoint(opened)
    if (checkpoint === undefined) throw new Error(`${folder} is not finished`)
    // Whoever trained it on a GPU, what a page shows is computed here.
    const place = placeOfRun(opened.record, { provider: 'cpu' })
    await reportRun({ run: opened, checkpoint }, { data: this.options.data, ...place })
    return undefined
  }

  private note(run: RecordedRun): void {
    this.now = withRun(this.now, run)
    writeSweep(this.options.out, this.now)
  }
}

/** Whether all steps of a run are done, and here. */
export function isFinished(out: string, run: RecordedRun): boolean {
  const folder = runFolder(out, run)
  return isThere(runFiles(folder).record) && finishedCheckpoint(openRun(folder)) !== undefined
}

/** Whether it is this machine that cannot write: it could no other run, either. */
const isOfThisDisk = ({ name, problem }: UserError): boolean =>
  name === 'FileError' && problem.startsWith('cannot write')

/** The flags of probes, which a worker has made. */
const probing = ['--probe-epochs', '--k', '--labels']

const isOtherwise = (made: Flags, wanted: Flags): boolean =>
  probing.some((name) => made[name] !== wanted[name])

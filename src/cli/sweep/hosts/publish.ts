import { putBundle } from '../../../../runtime/hosts/bundle-files.ts'
import { areStored, storeOf, type FileStore } from '../../../../runtime/hosts/files.ts'
import { untaken } from '../../../../runtime/hosts/job.ts'
import { fileBucket, PROTOCOL } from '../../../../runtime/hosts/names.ts'
import { LeaseLost, type Held, type Records } from '../../../../runtime/hosts/records.ts'
import { untilAnswered, type AgainOptions } from '../../../../runtime/hosts/passing.ts'
import {
  makeRecords,
  messageOf,
  openRuns,
  openWorkers,
  recordOfRun,
} from '../../../../runtime/hosts/run-records.ts'
import { putSaid } from '../../../../runtime/hosts/said.ts'
import { RunUploads } from '../../../../runtime/hosts/snapshot.ts'
import { isTaskAt, publishTask } from '../../../../runtime/hosts/work.ts'
import { UserError } from '../../../base/error.ts'
import { requireExpected } from '../../run/same-run.ts'
import { digestOf } from './published.ts'
import { ownFiles } from './release.ts'
import { lookThere, strangeText, type There } from './there.ts'
import type { RunJob } from '../../../../runtime/hosts/run-job.ts'
import type { Server } from '../../../../runtime/hosts/server.ts'
import type { Bundle } from '../../../bundle/bundle.ts'
import type { RecordedRun } from '../record.ts'
import type { Flags } from '../settings.ts'
import type { Prepared } from '../prepare.ts'

/** Puts runs on a server for workers, and again what is missing there: whatever was broken off is made up for. */

export interface Publishing {
  readonly server: Server
  /** The folder of the sweep, and all of its runs. */
  readonly out: string
  readonly all: readonly RecordedRun[]
  readonly job: string
  readonly provider: RunJob['provider']
  readonly flags: Flags
  readonly threads: number
  readonly again: AgainOptions
}

/** A run that began on this machine. */
export interface Begun {
  readonly folder: string
  /** What it has said. */
  readonly log: string
}

/** Puts what there is of a run on the server. */
async function sent(
  store: FileStore,
  { folder, log }: Begun,
  again: AgainOptions,
): Promise<Pick<RunJob, 'step' | 'files' | 'said'>> {
  const { step, files } = await new RunUploads(store, folder, `${folder}.sent`, again).put()
  const said = await putSaid(store, log, again)
  return { step, files: [...files], ...(said ? { said } : {}) }
}

export class Publisher {
  private readonly given: Publishing
  private readonly runs: Records<RunJob>
  private readonly there: There
  /** The files of bundles that are on the server by now. */
  private readonly sent = new Map<Bundle, Promise<RunJob['bundle']>>()

  private constructor(given: Publishing, runs: Records<RunJob>, there: There) {
    this.given = given
    this.runs = runs
    this.there = there
  }

  static async open(given: Publishing): Promise<Publisher> {
    await makeRecords(given.server)
    const runs = await openRuns(given.server, given.again)
    return new Publisher(given, runs, await lookThere(runs, given.all, given))
  }

  /**
   * @throws UserError ('SweepError') where its program is not the one any more that a run was published with; ('ServerError') where
   *   somebody else has written its record
   */
  requireSame(run: RecordedRun, { bundle }: Prepared): void {
    const record = this.recordOf(run)
    const problem = this.there.strange.get(record)
    if (problem !== undefined) throw new UserError('ServerError', strangeText(problem, this.given.out))
    const before = this.there.records.get(record)
    if (before) requireExpected(bundle, before.value.bundle.identity, run.program)
  }

  /**
   * Has a run made by a worker: whether it was never published, waits, failed, or was left by its worker with nothing in the queue
   * that would have another one go on. One that is being made, or is done, is left alone.
   *
   * @param begun where it began here, from where a worker goes on
   * @returns what was published of it, as `RecordedRun` notes it
   * @throws what the server says
   */
  async publish(
    run: RecordedRun,
    prepared: Prepared,
    begun: Begun | undefined,
  ): Promise<Pick<RecordedRun, 'published'>> {
    const { server, provider, again } = this.given
    const record = this.recordOf(run)
    const before = this.there.records.get(record)
    const held = before ? await this.wait(record, before, prepared) : await this.create(run, prepared, begun)
    if (held?.value.state === 'waiting')
      await publishTask(server, provider, { record }, { id: messageOf(record, held.revision), ...again })
    const known = held ?? before
    return known ? { published: digestOf(known.value) } : {}
  }

  private recordOf({ name }: RecordedRun): string {
    return recordOfRun({ job: this.given.job, name })
  }

  private async create(
    run: RecordedRun,
    { bundle, data, steps }: Prepared,
    begun: Begun | undefined,
  ): Promise<Held<RunJob> | undefined> {
    const { server, job, provider, flags, threads, again } = this.given
    const record = this.recordOf(run)
    const store = await server.makeFiles(fileBucket(job))
    const done = begun ? await sent(storeOf(store, record), begun, again) : { step: 0, files: [] }
    return this.runs.create(record, {
      ...{ protocol: PROTOCOL, kind: 'run', job, name: run.name, bundle: await this.send(bundle, store) },
      ...{ provider, flags: { ...flags }, seed: run.seed, threads, steps, data },
      ...untaken,
      ...done,
    })
  }

  /**
   * One that failed waits again, with as many attempts as a new one; from its beginning, where its checkpoint is not there any more.
   *
   * @returns undefined where it is left alone
   */
  private async wait(
    record: string,
    held: Held<RunJob>,
    { bundle }: Prepared,
  ): Promise<Held<RunJob> | undefined> {
    const { server, job, again } = this.given
    const { value } = held
    if (value.state === 'done' || (value.state === 'running' && !(await this.isLeft(record, value))))
      return undefined
    const store = await server.makeFiles(fileBucket(job))
    const missing = {
      ...((await areStored(store, value.bundle.files, again))
        ? {}
        : { bundle: await this.send(bundle, store) }),
      ...((await areStored(storeOf(store, record), ownFiles(value), again)) ? {} : { step: 0, files: [] }),
    }
    if (value.state === 'waiting' && Object.keys(missing).length === 0) return held
    const { said, ...rest } = value
    const kept = 'files' in missing || !said ? rest : value
    try {
      return await this.runs.write(record, held.revision, { ...kept, ...untaken, ...missing })
    } catch (error) {
      // Somebody else has put it back just now.
      if (error instanceof LeaseLost) return undefined
      throw error
    }
  }

  /** Whether nobody is at a run that is said to be made, and no message has anybody go on with it. */
  private async isLeft(record: string, { sequence, worker }: RunJob): Promise<boolean> {
    const { server, again } = this.given
    if (sequence !== null && (await untilAnswered(() => isTaskAt(server, sequence, { record }), again)))
      return false
    const workers = await (await openWorkers(server, again)).all(undefined, () => undefined)
    return !(worker !== null && workers.get(worker)?.value.at.some((each) => each.record === record))
  }

  private send(bundle: Bundle, store: FileStore): Promise<RunJob['bundle']> {
    const sending = this.sent.get(bundle) ?? putBundle(store, bundle, this.given.again)
    this.sent.set(bundle, sending)
    return sending
  }
}

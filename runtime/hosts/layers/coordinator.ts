import { stepNumbers } from '../../batches/step-numbers.ts'
import { BatchSource } from '../../batches/batch-source.ts'
import { placeOf } from '../../session/options.ts'
import { InParts, UNDER_WAY_BEYOND } from '../../workers/parts/in-parts.ts'
import { divide, requireDivisible } from '../../workers/pipeline/groups.ts'
import { timeGraphs } from '../../workers/pipeline/time-graphs.ts'
import { UserError } from '../../../src/base/error.ts'
import { startGroups, type GroupsOnHosts } from './groups-on-hosts.ts'
import { distances } from './distances.ts'
import { publishJob, removeJob, type JobOptions } from './job.ts'
import { nameOf } from './name-of.ts'
import { openServer, type Reached } from './reached.ts'
import { Unfinished } from './stopping.ts'
import type { RunOptions, StepDone, TrainerOptions } from '../../train/trainer.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'
import type { Values } from '../../values/value-store.ts'
import type { LayersJob } from '../layers-job.ts'
import type { ConnectionTold } from '../connection-told.ts'
import type { LayersOptions } from './options.ts'

/** What of a run its groups have to know. */
export interface RunFacts extends Pick<LayersJob, 'data'> {
  readonly out: string
  readonly from: number
  readonly checkpointEvery: number
  readonly validation: number | undefined
  readonly onNotice: (notice: string) => void
  readonly onConnection: ((told: ConnectionTold) => void) | undefined
  /** Ends the training. */
  readonly signal: AbortSignal | undefined
}

/**
 * Trains groups of layers on hosts, to the same bits as in one process; this one says how far they may go, and puts what they
 * tell of each step together.
 */
export class LayersOnHosts extends InParts {
  private readonly groups: GroupsOnHosts
  private readonly signal: AbortSignal | undefined
  private why: string | undefined

  private constructor(
    options: TrainerOptions,
    groups: GroupsOnHosts,
    { sections, run }: { readonly sections: readonly Section[]; readonly run: RunFacts },
  ) {
    const { train } = options.bundle.manifest
    const source = {
      prepare: () => Promise.resolve({}),
      rate: (step: number) => stepNumbers(train, step, options.totalSteps).rate,
      release: () => Promise.resolve(),
    }
    const { ahead } = distances(sections, run.checkpointEvery)
    super(options, { source, parts: groups, atOnce: Math.max(1, ahead - UNDER_WAY_BEYOND) })
    this.groups = groups
    this.signal = run.signal
    this.signal?.addEventListener('abort', groups.finish)
  }

  /**
   * @throws UserError ('PipelineError') where the program's layers cannot work on different batches; ('ServerError') where
   *   there is no server, or it has no room; the signal's reason, where it is aborted before anything has begun
   */
  static async create(options: TrainerOptions, layers: LayersOptions, run: RunFacts): Promise<LayersOnHosts> {
    const { train } = options.bundle.manifest
    // Refused before anything is asked of a server.
    requireDivisible(train, layers.groups, '--layers-on')
    const sections = await divided(options, layers.groups)
    run.signal?.throwIfAborted()
    const reached = await openServer(layers, run)
    try {
      return await LayersOnHosts.on(reached, sections, options, run)
    } catch (error) {
      await reached.server.close()
      run.signal?.throwIfAborted()
      throw error
    }
  }

  private static async on(
    { server, onFailure, isConnected }: Reached,
    sections: readonly Section[],
    options: TrainerOptions,
    run: RunFacts,
  ): Promise<LayersOnHosts> {
    const { bundle, seed, totalSteps, threads = 1, tf32 = false, checkpoint, provider = 'cpu' } = options
    const { from, out, checkpointEvery, validation = null, data, onNotice, signal } = run
    const facts: JobOptions['facts'] = { seed, totalSteps, threads, tf32, data, validation }
    const published = { bundle, sections, out, provider, from, checkpointEvery, facts }
    const job = await publishJob(
      server,
      { ...published, checkpoint: checkpoint?.path },
      { signal, onFailure },
    )
    try {
      const names = sections.map((section) => nameOf(section, bundle))
      const given = { server, job, names, from, provider, isConnected, onNotice, onFailure }
      return new LayersOnHosts(options, await startGroups(given), { sections, run })
    } catch (error) {
      await removeJob(server, job, {})
      throw error
    }
  }

  /** Why steps that groups were told to do are not done by all of them; undefined where they are. */
  get unfinished(): string | undefined {
    return this.why
  }

  override async *run(options: RunOptions): AsyncGenerator<StepDone> {
    const { attendance, finish, who } = this.groups
    options.signal?.addEventListener('abort', finish)
    // Nobody counts what was waited before.
    attendance.waited()
    try {
      for await (const done of super.run(options)) {
        const waited = attendance.waited()
        yield { ...done, milliseconds: Math.max(0, done.milliseconds - waited), waited }
      }
    } catch (error) {
      if (error instanceof Unfinished) {
        this.why = error.message
        return
      }
      if (error instanceof UserError && error.name === 'TrainingError' && who.size > 0)
        throw error.note(
          `Layers are trained by: ${[...who].map(([name, host]) => `${name} by ${host}`).join('; ')}.`,
        )
      throw error
    } finally {
      options.signal?.removeEventListener('abort', finish)
    }
  }

  override async values(): Promise<Values> {
    try {
      return await super.values()
    } catch (error) {
      // Before the first step there is nothing that could be left out.
      if (error instanceof Unfinished) this.signal?.throwIfAborted()
      throw error
    }
  }

  override async release(): Promise<void> {
    this.signal?.removeEventListener('abort', this.groups.finish)
    await super.release()
  }
}

/** By times that are measured here; hosts that differ much are told apart by nobody. */
async function divided(options: TrainerOptions, groups: number): Promise<Section[]> {
  const { bundle, seed, checkpoint } = options
  const session = { ...placeOf(options), threads: options.threads }
  const source = await BatchSource.create({ ...options, ...session, prepareAhead: 0 })
  try {
    const times = await timeGraphs(
      bundle,
      bundle.manifest.train,
      { seed, checkpoint },
      session,
      await source.prepare(0),
    )
    return divide(bundle.manifest.train, times, groups)
  } finally {
    await source.release()
  }
}

import { UserError } from '../../../src/base/error.ts'
import { stepNumbers } from '../../batches/step-numbers.ts'
import { BatchSource } from '../../batches/batch-source.ts'
import { placeOf } from '../../session/options.ts'
import { InParts, UNDER_WAY_BEYOND, type Divided } from '../../workers/parts/in-parts.ts'
import { Inbox } from '../../workers/parts/inbox.ts'
import { divide, requireDivisible } from '../../workers/pipeline/groups.ts'
import { timeGraphs } from '../../workers/pipeline/time-graphs.ts'
import { withoutCredentials } from '../../../src/base/url-credentials.ts'
import { connectServer, type Server } from '../server.ts'
import { Collected } from './collected.ts'
import { distances, publishJob, removeJob, type Job, type JobOptions } from './job.ts'
import { GivenOrders } from './orders.ts'
import { Publisher } from './publisher.ts'
import { watchGroups } from './watch-groups.ts'
import type { Parts } from '../../workers/parts/parts.ts'
import type { RunOptions, StepDone, TrainerOptions } from '../../train/trainer.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'
import type { LayersJob } from '../layers-job.ts'
import type { LayersOptions } from './options.ts'

/** What of a run its groups have to know. */
export interface RunFacts extends Pick<LayersJob, 'data'> {
  readonly out: string
  readonly from: number
  readonly checkpointEvery: number
  readonly validation: number | undefined
  readonly onNotice: (notice: string) => void
}

/**
 * Trains groups of layers on hosts, to the same bits as in one process; this one says how far they may go, and puts what they
 * tell of each step together.
 */
export class LayersOnHosts extends InParts {
  private readonly who: ReadonlyMap<string, string>

  private constructor(options: TrainerOptions, divided: Divided, who: ReadonlyMap<string, string>) {
    super(options, divided)
    this.who = who
  }

  /**
   * @throws UserError ('PipelineError') where the program's layers cannot work on different batches; ('ServerError') where
   *   there is no server, or it has no room
   */
  static async create(options: TrainerOptions, layers: LayersOptions, run: RunFacts): Promise<LayersOnHosts> {
    const { train } = options.bundle.manifest
    // Refused before anything is asked of a server.
    requireDivisible(train, layers.groups, '--layers-on')
    const sections = await divided(options, layers.groups)
    const server = await connectServer({ url: layers.url, creds: layers.creds, name: 'hebb train' })
    try {
      return await LayersOnHosts.on(server, sections, options, {
        ...run,
        url: withoutCredentials(layers.url),
      })
    } catch (error) {
      await server.close()
      throw error
    }
  }

  private static async on(
    server: Server,
    sections: readonly Section[],
    options: TrainerOptions,
    run: RunFacts & { readonly url: string },
  ): Promise<LayersOnHosts> {
    const { bundle, seed, totalSteps, threads = 1, tf32 = false, checkpoint, provider = 'cpu' } = options
    const { from, out, checkpointEvery, validation = null, data, onNotice, url } = run
    const stop = new AbortController()
    const again = { signal: stop.signal }
    const facts: JobOptions['facts'] = { seed, totalSteps, threads, tf32, data, validation }
    const wanted = {
      bundle,
      sections,
      out,
      provider,
      from,
      checkpoint: checkpoint?.path,
      checkpointEvery,
      facts,
    }
    const job = await publishJob(server, wanted, again)
    const who = new Map<string, string>()
    try {
      const parts = await startParts(server, job, { sections, from, stop, who, onNotice, provider, url })
      const numbers = (step: number) => stepNumbers(bundle.manifest.train, step, totalSteps)
      const source = {
        prepare: () => Promise.resolve({}),
        rate: (step: number) => numbers(step).rate,
        release: () => Promise.resolve(),
      }
      const { ahead } = distances(sections, checkpointEvery)
      return new LayersOnHosts(options, { source, parts, atOnce: Math.max(1, ahead - UNDER_WAY_BEYOND) }, who)
    } catch (error) {
      await removeJob(server, job, {})
      throw error
    }
  }

  override async *run(options: RunOptions): AsyncGenerator<StepDone> {
    try {
      yield* super.run(options)
    } catch (error) {
      if (error instanceof UserError && error.name === 'TrainingError' && this.who.size > 0)
        throw error.note(
          `Layers are trained by: ${[...this.who].map(([name, host]) => `${name} by ${host}`).join('; ')}.`,
        )
      throw error
    }
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

interface Started {
  readonly sections: readonly Section[]
  readonly from: number
  readonly stop: AbortController
  readonly who: Map<string, string>
  readonly onNotice: (notice: string) => void
  readonly provider: string
  readonly url: string
}

/** Groups as the parts of a training. */
async function startParts(server: Server, job: Job, started: Started): Promise<Parts> {
  const { sections, from, stop, who, onNotice, provider, url } = started
  const again = { signal: stop.signal }
  const inbox = new Inbox(sections.length)
  const fail = (error: unknown) => {
    if (!stop.signal.aborted) inbox.fail(error)
  }
  const publisher = new Publisher(server, again)
  const orders = new GivenOrders({ publisher, job: job.id, from, onFailure: fail })
  const collected = await Collected.open({
    server,
    job,
    inbox,
    orders,
    groups: sections.length,
    from,
    again,
    fail,
  })
  watchGroups(job, { who, onNotice, provider, url, signal: stop.signal }).catch(fail)
  return {
    inbox,
    post: (order) => {
      if (order.kind === 'step') orders.allow(order.step + 1)
      else orders.save(collected.placeOf(order.step))
    },
    stop: async () => {
      stop.abort()
      orders.stop()
      await collected.stop()
      await removeJob(server, job, {})
      await server.close()
    },
  }
}

import { platform } from '#platform'
import { UserError } from '../../../src/base/error.ts'
import { availableCores } from '../../../src/base/cores.ts'
import { BatchSource } from '../../batches/batch-source.ts'
import { placeOf } from '../../session/options.ts'
import { requireSharded } from '../../train/parallel.ts'
import { InParts, type Batches } from '../parts/in-parts.ts'
import { startParts, type Parts } from '../parts/parts.ts'
import { divide, requireDivisible, requireForwardOnly } from '../pipeline/groups.ts'
import { graphsIn } from '../pipeline/section-parts.ts'
import { timeGraphs } from '../pipeline/time-graphs.ts'
import { partsOf } from './parts-of.ts'
import { SharedBatches } from './shared-batches.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'
import type { TrainerOptions } from '../../train/trainer.ts'

/** Who runs the shards of a program. */
export interface ShardWorkers {
  /**
   * Threads: at most one per shard, or some times as many as there are shards, for as many groups of layers that work on different
   * batches. Default: one per shard or core, whichever are fewest; or one per device.
   */
  readonly workers?: number | undefined
  /** GPUs that the workers are dealt to in turn, by number, group by group; default: all are on that of the options. */
  readonly devices?: readonly number[] | undefined
}

/**
 * Trains in a thread per shard of the images, or per some shards, or per shard and group of layers. The bits are those of the shards
 * one after the other in one thread.
 */
export class Shards extends InParts {
  /** Which graphs the workers of each group run. */
  readonly groups: readonly (readonly string[])[]

  private constructor(
    options: Pick<TrainerOptions, 'bundle'>,
    source: Batches,
    parts: Parts,
    groups: readonly Section[],
  ) {
    const batches = new SharedBatches()
    super(options, {
      ...{ source, parts, atOnce: groups.length },
      handOver: (inputs, place) => batches.put(inputs, place),
    })
    this.groups = groups.map(graphsIn)
  }

  /**
   * @throws UserError ('ShardError') where the program is not compiled for shards, or not for such a number of workers, and
   *   ('PipelineError') where there are groups of layers, and layers cannot work on different batches
   */
  static async create(options: TrainerOptions, who: ShardWorkers = {}): Promise<Shards> {
    const { session } = divided(options, who)
    const source = await BatchSource.create({ ...options, ...session })
    try {
      return await Shards.on(source, options, who)
    } catch (error) {
      await source.release()
      throw error
    }
  }

  /** On batches that come from elsewhere. @internal */
  static async on(
    source: Batches,
    options: Omit<TrainerOptions, 'dataset' | 'totalSteps'>,
    who: ShardWorkers = {},
  ): Promise<Shards> {
    const { bundle, seed, checkpoint } = options
    const { sharded, groups: count, workers, session } = divided(options, who)
    // Threads have an environment of their own.
    platform.sessions.settle(session)
    const start = { seed, checkpoint }
    const times = async () => timeGraphs(bundle, sharded, start, session, await source.prepare(0))
    const groups = count === 1 ? [sharded] : divide(sharded, await times(), count)
    const { parts, wake } = partsOf(groups, { sharded, workers, session, devices: who.devices })
    return new Shards(options, source, await startParts(bundle, { parts, start, wake }), groups)
  }
}

/** Which shards there are, how many workers run them in each of how many groups of layers, and what their sessions are told. */
function divided(
  { bundle, threads = 1, ...options }: Omit<TrainerOptions, 'dataset' | 'totalSteps'>,
  { workers: asked, devices = [] }: ShardWorkers,
) {
  const sharded = requireSharded(bundle.manifest)
  const { shards } = sharded
  const all = asked ?? (devices.length > 0 ? devices.length : Math.min(shards, availableCores()))
  const groups = Math.max(1, all / shards)
  if (!Number.isInteger(groups)) {
    const what = asked === undefined ? 'devices' : 'workers'
    throw new UserError('ShardError', `${all} ${what} for ${shards} shards`, {
      help: `Give at most ${shards} ${what}, or ${shards} for each of some groups of layers: ${shards * Math.ceil(groups)}; or compile the program for more shards: --shards ${all}.`,
    })
  }
  if (groups > 1) {
    requireForwardOnly(bundle.manifest.train)
    requireDivisible(sharded, groups)
  }
  return { sharded, groups, workers: all / groups, session: { ...placeOf(options), threads } }
}

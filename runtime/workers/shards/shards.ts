import { platform } from '#platform'
import { UserError } from '../../../src/base/error.ts'
import { at } from '../../../src/base/lists.ts'
import { availableCores } from '../../../src/base/cores.ts'
import { BatchSource } from '../../batches/batch-source.ts'
import { placeOf } from '../../session/options.ts'
import { requireSharded } from '../../train/parallel.ts'
import { InParts, type Batches } from '../parts/in-parts.ts'
import { startParts, type Parts } from '../parts/parts.ts'
import { deal, shardsOf } from './deal.ts'
import { SharedBatches } from './shared-batches.ts'
import { shareMemory, stopAll } from './shared-exchange.ts'
import type { Range } from '../../values/share.ts'
import type { TrainerOptions } from '../../train/trainer.ts'

/** Who runs the shards of a program. */
export interface ShardWorkers {
  /** Threads, at most one per shard; default: one per shard, device or core, whichever are fewest. */
  readonly workers?: number | undefined
  /** GPUs that the workers are dealt to in turn, by number; default: all are on that of the options. */
  readonly devices?: readonly number[] | undefined
}

/**
 * Trains in a thread per shard of the images, or per some shards. The bits are those of the shards one after the other in
 * one thread.
 */
export class Shards extends InParts {
  private constructor(options: Pick<TrainerOptions, 'bundle'>, source: Batches, parts: Parts) {
    const batches = new SharedBatches()
    super(options, { source, parts, atOnce: 1, handOver: (inputs, place) => batches.put(inputs, place) })
  }

  /** @throws UserError ('ShardError') where the program is not compiled for shards, or for fewer than there are workers */
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
    const { devices = [] } = who
    const { sharded, workers, session } = divided(options, who)
    // Threads have an environment of their own.
    platform.sessions.settle(session)
    const dealt = deal(sharded, workers)
    const memory = shareMemory(dealt)
    const parts = shardsOf(sharded.shards, workers).map((own, worker) => ({
      who: `the worker of ${named(own)}`,
      section: sharded,
      session: devices.length === 0 ? session : { ...session, device: at(devices, worker % devices.length) },
      shares: { dealt: at(dealt.workers, worker), crossings: dealt.crossings, memory, worker },
    }))
    const wake = () => {
      stopAll(memory)
    }
    const start = { seed, checkpoint }
    return new Shards(options, source, await startParts(bundle, { parts, start, isChain: false, wake }))
  }
}

/** Which shards there are, how many workers run them, and what their sessions are told. */
function divided(
  { bundle, threads = 1, ...options }: Omit<TrainerOptions, 'dataset' | 'totalSteps'>,
  { workers: asked, devices = [] }: ShardWorkers,
) {
  const sharded = requireSharded(bundle.manifest)
  const { shards } = sharded
  const workers = asked ?? Math.min(shards, devices.length > 0 ? devices.length : availableCores())
  if (workers > shards)
    throw new UserError('ShardError', `${workers} workers for ${shards} shards`, {
      help: `Give at most --workers ${shards}, or compile the program for more: --shards ${workers}`,
    })
  return { sharded, workers, session: { ...placeOf(options), threads } }
}

const named = ({ from, to }: Range): string => {
  const numbers = Array.from({ length: to - from }, (_, i) => from + i)
  return numbers.length === 1 ? `shard ${numbers.join('')}` : `shards ${numbers.join(', ')}`
}

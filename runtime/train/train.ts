import { requireNoRun } from '../files/run-folder.ts'
import { whileLocked } from '../files/run-lock.ts'
import { reopen } from './reopen.ts'
import { runIn } from './run-in.ts'
import { begin, type Plan } from './run-plan.ts'
import { readRecord } from '../files/run-record.ts'
import { Pipeline } from '../workers/pipeline/pipeline.ts'
import { Trainer, type Training, type TrainerOptions } from './trainer.ts'
import type { TrainOptions, TrainSummary } from './options.ts'

export type { Progress, TrainOptions, TrainSummary } from './options.ts'

/** Batches per step of a run: one that waits when it ends, and one under way. */
export const DEFAULT_AHEAD = 2

/**
 * Trains a bundle on a data set, in a folder of its own: settings, metrics and checkpoints. It can be stopped,
 * or killed, at any moment and resumed to identical bits. Nobody else trains in the folder meanwhile.
 *
 * @throws UserError for what the user can mend.
 */
export async function train(options: TrainOptions): Promise<TrainSummary> {
  const { out, resume = false } = options
  // What is wrong with the folder is told before anything is made there.
  if (resume) readRecord(out)
  else requireNoRun(out)
  return whileLocked(out, async (lock) => {
    const plan = await (resume ? reopen(options) : begin(options))
    const trainer = await trainerOf(plan, options)
    try {
      // To make the trainer takes a while.
      lock.require()
      return await runIn(plan.open(), trainer, plan, lock, options)
    } finally {
      await trainer.release()
    }
  })
}

async function trainerOf(plan: Plan, { workers = 1, ...options }: TrainOptions): Promise<Training> {
  const prepareAhead = options.prepareAhead ?? DEFAULT_AHEAD * plan.bundle.manifest.train.stepsPerRun
  const { bundle, dataset, settings, checkpoint } = plan
  const all: TrainerOptions = {
    ...{ bundle, dataset, ...settings, prepareAhead },
    checkpoint: checkpoint?.file,
  }
  try {
    // Sessions first: where the provider is missing, no run is left that a second try would stumble over.
    return await (workers > 1 ? Pipeline.create(all, workers) : Trainer.create(all))
  } catch (error) {
    plan.discard?.()
    throw error
  } finally {
    checkpoint?.close()
  }
}

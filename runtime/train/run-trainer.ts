import { replaceText } from '../files/atomic.ts'
import { requirePlaceForRun } from '../files/place-for-run.ts'
import { Hearing, type Heard } from '../given/hearing.ts'
import { lockRun } from '../files/run-lock.ts'
import { readRecord } from '../files/run-record.ts'
import { checkTrainOptions } from './check-options.ts'
import { reopen } from './reopen.ts'
import { runIn } from './run-in.ts'
import { begin, type Plan } from './run-plan.ts'
import { trainingOf } from './training-of.ts'
import type { Training, TrainerOptions } from './trainer.ts'
import type { Metrics } from '../files/metrics-line.ts'
import { firstPlace } from './devices.ts'
import { warn } from './training-data.ts'
import { aheadOf } from './run-length.ts'
import type { TrainOptions, TrainSummary } from './options.ts'

/**
 * Trains a bundle on a data set, in a folder of its own, step by step:
 *
 *     const trainer = new RunTrainer({ bundle: 'bundles/mine', data: 'data/fashion-mnist', out: 'runs/mine' })
 *     for await (const { step, losses } of trainer.run()) console.log(step, losses)
 *     console.log(trainer.summary?.imagesPerSecond)
 */
export class RunTrainer {
  private readonly options: TrainOptions
  private isBegun = false
  private ended: TrainSummary | undefined

  /** Nothing is begun until `run` is called. @throws UserError ('OptionError') where an option is not what it may be */
  constructor(options: TrainOptions) {
    this.options = checkTrainOptions('RunTrainer', options)
  }

  /** How the training ended, when it has, or was left; undefined before, and where it failed. */
  get summary(): TrainSummary | undefined {
    return this.ended
  }

  /**
   * Does the steps that are left, as they are asked for, and gives each as its line of `metrics.jsonl`. Nobody else trains
   * in the folder meanwhile. It may be left at any step (`break`, `return`, or an error): the steps under way are then
   * done, a checkpoint is written, and the folder is free. A second call goes on from there, to the bits of a training that
   * was never left. Who asks for steps by `next()` calls `return()`, too, unless all are done: until then the folder stays
   * locked, and the process does not end.
   *
   * @throws UserError for what the user can mend.
   */
  async *run(): AsyncGenerator<Metrics, void, void> {
    const again = this.isBegun ? { resume: true, fromStep: undefined } : {}
    const hearing = new Hearing()
    const options = hearing.of({ ...this.options, ...again })
    const { out, resume = false } = options
    this.ended = undefined
    // What is wrong with the folder is told before anything is made there.
    if (resume) readRecord(out)
    else requirePlaceForRun(out)
    const lock = lockRun(out)
    try {
      const plan = await (resume ? reopen(options) : begin(options))
      const trainer = await trainerOf(plan, options, hearing)
      try {
        // To make the trainer takes a while.
        lock.require()
        // Nor where a monitor's file cannot be written.
        if (options.prometheus !== undefined) replaceText(options.prometheus, '')
        const run = plan.open()
        this.isBegun = true
        yield* runIn({ run, plan, trainer, lock, options, hearing }, (summary) => {
          this.ended = summary
        })
      } finally {
        await trainer.release()
      }
    } finally {
      lock.release()
    }
  }
}

async function trainerOf(plan: Plan, given: Heard<TrainOptions>, hearing: Hearing): Promise<Training> {
  const { out, hosts, workers: asked, prepareAhead: ahead, profile, stepsPerRun, onNotice } = given
  const prepareAhead = aheadOf(plan.bundle.manifest, ahead)
  const { bundle, dataset, settings, checkpoint } = plan
  const { seed, totalSteps, devices, parallel } = settings
  const all: TrainerOptions = {
    ...{ bundle, dataset, seed, totalSteps, ...firstPlace(settings), prepareAhead, profile },
    checkpoint: checkpoint?.file,
    ...{ stepsPerRun, onNotice },
  }
  try {
    await hearing.done()
    // Sessions first: where the provider is missing, no run is left that a second try would stumble over.
    if (hosts === undefined) return await trainingOf(all, { parallel, workers: asked, devices })
    const { checkpointEvery, validation } = settings
    const { from, data } = plan
    // Who trains on one machine loads nothing of this.
    const { LayersOnHosts } = await import('../hosts/layers/coordinator.ts')
    const { onConnection, signal } = given
    const run = { out, from, data, checkpointEvery, validation, onConnection, signal }
    return await LayersOnHosts.create(all, hosts, { ...run, onNotice: onNotice ?? warn })
  } catch (error) {
    plan.discard?.()
    throw error
  } finally {
    checkpoint?.close()
  }
}

import { UserError } from '../../src/base/error.ts'
import { saveCheckpoint } from '../files/checkpoint.ts'
import { batchesPerEpoch } from '../batches/epoch.ts'
import { appendLines, syncLines } from '../files/step-lines.ts'
import { truncateMetrics } from '../files/resume-metrics.ts'
import { keepCheckpoint } from '../files/kept.ts'
import { requireNoRun, runFiles, type RunFolder } from '../files/run-folder.ts'
import { whileLocked, type RunLock } from '../files/run-lock.ts'
import { costOf } from './cost.ts'
import { reopen } from './reopen.ts'
import { resumedScore } from './score.ts'
import { Watching } from './watching.ts'
import { warn } from './training-data.ts'
import { begin, isCandidate, type Plan, type PlanOptions } from './run-plan.ts'
import { readRecord } from '../files/run-record.ts'
import type { Metrics } from '../files/metrics.ts'
import type { ProbeLine } from '../files/probes.ts'
import { Pipeline } from '../workers/pipeline/pipeline.ts'
import { Trainer, type Training, type TrainerOptions } from './trainer.ts'
import type { Values } from '../values/value-store.ts'

/** Where a training stands. */
export interface Progress {
  /** Steps done, of how many. */
  readonly step: number
  /** Of the whole run. */
  readonly totalSteps: number
  /** Steps in which every image is seen once. */
  readonly stepsPerEpoch: number
  /** The learning rate of the step. */
  readonly rate: number
  /** By layer. */
  readonly losses: Readonly<Record<string, number>>
  /** What the last probe found of the top layer: parts of the images that are classified rightly, in 0..1. */
  readonly probe?: { readonly step: number; readonly linear: number; readonly knn: number } | undefined
  /** Images that were learned from, a second. */
  readonly imagesPerSecond: number
  /** By the speed so far. */
  readonly secondsLeft: number
}

/** What `train` takes. */
export interface TrainOptions extends PlanOptions {
  /** Whether to go on from the run's checkpoint; default false. */
  readonly resume?: boolean
  /** Batches that a thread prepares before they are asked for; 0: each in its turn. Default 2 runs' worth. Same bits. */
  readonly prepareAhead?: number | undefined
  /** Hears of it now and then. */
  readonly onProgress?: (progress: Progress) => void
  /** Hears what was found each time that the network is looked at, as `probes.jsonl` has it. */
  readonly onProbe?: ((found: ProbeLine) => void) | undefined
  /** Stops after the run of the graphs under way, of one step or several, with a checkpoint. */
  readonly signal?: AbortSignal
}

/** How a training ended. */
export interface TrainSummary {
  /** Steps that the run has done, earlier ones too. */
  readonly step: number
  /** Of the whole run. */
  readonly totalSteps: number
  /** That it took this time. */
  readonly seconds: number
  /** 0 where nothing was left to do. */
  readonly imagesPerSecond: number
  /** The last ones, by layer. */
  readonly losses: Readonly<Record<string, number>>
  /** What was found when the network was last looked at, if ever. */
  readonly probe?: ProbeLine | undefined
  /** Whether it was stopped before the last step. */
  readonly stopped: boolean
}

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
      return await trainIn(plan.open(), trainer, plan, lock, options)
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

async function trainIn(
  run: RunFolder,
  trainer: Training,
  plan: Plan,
  lock: RunLock,
  options: TrainOptions,
): Promise<TrainSummary> {
  const { from, dataset, settings } = plan
  const { seed, totalSteps } = run.record
  const { batch } = run.bundle.manifest.train
  const stepsPerEpoch = batchesPerEpoch(dataset.count, batch)
  const { checkpointEvery, keepBest } = settings
  const { signal, onProgress, onProbe, onNotice = warn } = options
  const files = runFiles(run.folder)
  truncateMetrics(files.metrics, from, onNotice)
  const values = () => trainer.values()
  const watched = { run, plan, stepsPerEpoch, values, signal, onNotice, onProbe }
  const watching = await Watching.open(watched)
  const after = from - (from % checkpointEvery)
  const { manifest } = run.bundle
  const score =
    keepBest === undefined ? undefined : resumedScore(keepBest, manifest, files, { after, step: from })

  const began = performance.now()
  let losses: Readonly<Record<string, number>> = {}
  let step = from
  let saved = from
  let looked = 0
  const speed = () => ((step - from) * batch * 1000) / (performance.now() - began - looked)
  const isSaved = (stepsDone: number) => stepsDone % checkpointEvery === 0
  const wanted = (stepsDone: number) => isSaved(stepsDone) || watching?.isDue(stepsDone) === true
  const look = async (values: Values) => {
    const start = performance.now()
    const found = await watching?.look(values, step)
    if (found && step > from) score?.found(found)
    looked += performance.now() - start
  }
  const save = (values: Values) => {
    lock.require()
    // A checkpoint never knows of steps whose metrics a failing machine would lose.
    syncLines(files.metrics)
    watching?.sync()
    const mayStay = isCandidate(settings, step)
    const measured = mayStay ? score?.take() : undefined
    saveCheckpoint(files.checkpoint, { values, step, totalSteps, seed }, run.bundle, measured)
    if (mayStay) keepCheckpoint(run.folder, settings, step)
    saved = step
  }
  try {
    if (watching?.isDue(from) === true) await look(await trainer.values())
    for await (const done of trainer.run({ from, to: totalSteps, wanted, signal })) {
      ;({ step, losses } = done)
      const imagesPerSecond = speed()
      const epoch = (step - 1) / stepsPerEpoch
      lock.require()
      score?.add(losses)
      const rate = trainer.rate(step - 1)
      const line: Metrics = { step, epoch, rate, losses, imagesPerSecond, ...costOf(done) }
      appendLines(files.metrics, [line])
      const secondsLeft = ((totalSteps - step) * batch) / imagesPerSecond
      const probe = watching?.top
      onProgress?.({ step, totalSteps, stepsPerEpoch, rate, losses, imagesPerSecond, secondsLeft, probe })
      if (done.values && watching?.isDue(step) === true) await look(done.values)
      if (done.values && isSaved(step)) save(done.values)
    }
    if (step > saved) save(await trainer.values())
  } catch (error) {
    throw error instanceof UserError && error.name === 'TrainingError' && saved > 0
      ? error.note(`${files.checkpoint} holds the state after step ${saved}.`)
      : error
  } finally {
    await watching?.release()
  }
  const seconds = (performance.now() - began) / 1000
  const imagesPerSecond = step > from ? speed() : 0
  const probe = watching?.last
  return { step, totalSteps, seconds, imagesPerSecond, losses, probe, stopped: step < totalSteps }
}

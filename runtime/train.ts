import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { UserError } from '../src/error.ts'
import { saveCheckpoint, type OpenCheckpoint } from './checkpoint.ts'
import { batchesPerEpoch } from './data/batches.ts'
import { openDataset, type Dataset } from './data/dataset.ts'
import { appendMetrics, syncMetrics, truncateMetrics } from './metrics.ts'
import {
  createRun,
  openRun,
  openRunCheckpoint,
  removeAllPartials,
  requireNoRun,
  runFiles,
  type RunFolder,
} from './run-folder.ts'
import { whileLocked, type RunLock } from './run-lock.ts'
import { readRecord, type RunRecord } from './run-record.ts'
import { Pipeline } from './pipeline/pipeline.ts'
import { Trainer, type Training, type TrainerOptions } from './trainer.ts'
import { loadBundle, type LoadedBundle } from './bundle.ts'
import type { SessionOptions } from './provider.ts'
import type { Values } from './stepper.ts'

export interface Progress {
  /** Steps done, of how many. */
  readonly step: number
  readonly totalSteps: number
  readonly stepsPerEpoch: number
  /** By layer. */
  readonly losses: Readonly<Record<string, number>>
  readonly imagesPerSecond: number
  readonly secondsLeft: number
}

export interface TrainOptions extends SessionOptions {
  /** A bundle, or the folder of one; not needed to resume. */
  readonly bundle?: string | LoadedBundle
  /** Folder of the data set; a resumed run knows its own. */
  readonly data?: string
  /** Folder of the run. */
  readonly out: string
  /** Length of the run, in one of two ways; default 10 epochs. */
  readonly epochs?: number | undefined
  readonly steps?: number | undefined
  readonly seed?: number | undefined
  /** Steps between checkpoints; default: an epoch. One more is written at the end and when stopped. */
  readonly checkpointEvery?: number | undefined
  readonly resume?: boolean
  /** Threads that train different layers at the same time; default 1. The same bits as of one with as many `threads`. */
  readonly workers?: number | undefined
  /** Batches that a thread prepares before they are asked for; 0: each in its turn. Default 2 runs' worth. Same bits. */
  readonly prepareAhead?: number | undefined
  readonly onProgress?: (progress: Progress) => void
  /** Told what a user should know of and need not act on; by default a warning of the process. */
  readonly onNotice?: (notice: string) => void
  /** Stops after the run of the graphs under way, of one step or several, with a checkpoint. */
  readonly signal?: AbortSignal
}

export interface TrainSummary {
  readonly step: number
  readonly totalSteps: number
  readonly seconds: number
  readonly imagesPerSecond: number
  readonly losses: Readonly<Record<string, number>>
  readonly stopped: boolean
}

export const DEFAULT_EPOCHS = 10
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
    const plan = resume ? reopen(options) : begin(options)
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

async function trainerOf(
  plan: Plan,
  { provider, threads, workers = 1, ...options }: TrainOptions,
): Promise<Training> {
  const prepareAhead = options.prepareAhead ?? DEFAULT_AHEAD * plan.bundle.manifest.train.stepsPerRun
  const { bundle, dataset, settings, checkpoint } = plan
  const all: TrainerOptions = {
    ...{ bundle, dataset, ...settings, provider, threads, prepareAhead },
    checkpoint: checkpoint?.file,
  }
  try {
    // Sessions first: where the provider is missing, no run is left that a second try would stumble over.
    return await (workers > 1 ? Pipeline.create(all, workers) : Trainer.create(all))
  } finally {
    checkpoint?.close()
  }
}

async function trainIn(
  run: RunFolder,
  trainer: Training,
  { from, dataset }: Plan,
  lock: RunLock,
  options: TrainOptions,
): Promise<TrainSummary> {
  const { seed, totalSteps } = run.record
  const { batch } = run.bundle.manifest.train
  const stepsPerEpoch = batchesPerEpoch(dataset.count, batch)
  const { checkpointEvery = stepsPerEpoch, signal, onProgress, onNotice = warn } = options
  const files = runFiles(run.folder)
  truncateMetrics(files.metrics, from, onNotice)

  const began = performance.now()
  let losses: Readonly<Record<string, number>> = {}
  let step = from
  let saved = from
  const speed = () => ((step - from) * batch * 1000) / (performance.now() - began)
  const wanted = (stepsDone: number) => stepsDone % checkpointEvery === 0
  const save = (values: Values) => {
    lock.require()
    // A checkpoint never knows of steps whose metrics a failing machine would lose.
    syncMetrics(files.metrics)
    saveCheckpoint(files.checkpoint, { values, step, totalSteps, seed }, run.bundle)
    saved = step
  }
  try {
    for await (const done of trainer.run({ from, to: totalSteps, wanted, signal })) {
      ;({ step, losses } = done)
      const imagesPerSecond = speed()
      const epoch = (step - 1) / stepsPerEpoch
      lock.require()
      appendMetrics(files.metrics, [{ step, epoch, rate: trainer.rate(step - 1), losses, imagesPerSecond }])
      const secondsLeft = ((totalSteps - step) * batch) / imagesPerSecond
      onProgress?.({ step, totalSteps, stepsPerEpoch, losses, imagesPerSecond, secondsLeft })
      if (done.values) save(done.values)
    }
    if (step > saved) save(await trainer.values())
  } catch (error) {
    throw error instanceof UserError && error.name === 'TrainingError' && saved > 0
      ? error.note(`${files.checkpoint} holds the state after step ${saved}.`)
      : error
  }
  const seconds = (performance.now() - began) / 1000
  const imagesPerSecond = step > from ? speed() : 0
  return { step, totalSteps, seconds, imagesPerSecond, losses, stopped: step < totalSteps }
}

const warn = (notice: string): void => {
  process.emitWarning(notice)
}

/** All that is decided before anything is written. */
interface Plan {
  readonly bundle: LoadedBundle
  readonly dataset: Dataset
  readonly settings: Pick<RunRecord, 'seed' | 'totalSteps'>
  /** Steps done before, and the checkpoint that holds what they made. */
  readonly from: number
  readonly checkpoint: OpenCheckpoint | undefined
  /** Makes the run in its folder, or gives the one that is there. */
  readonly open: () => RunFolder
}

const stepsOf = (
  { epochs = DEFAULT_EPOCHS, steps }: TrainOptions,
  dataset: Dataset,
  { manifest }: LoadedBundle,
): number => steps ?? Math.max(1, Math.round(epochs * batchesPerEpoch(dataset.count, manifest.train.batch)))

const fingerprint = ({ images, labels }: Dataset): string =>
  createHash('sha256').update(images).update(labels).digest('hex')

function begin(options: TrainOptions): Plan {
  const { bundle: given, data, out, seed = 0 } = options
  if (given === undefined || data === undefined) throw new Error('a new run needs a bundle and data')
  const bundle = typeof given === 'string' ? loadBundle(given) : given
  const dataset = openDataset(data, 'train')
  const settings = { seed, totalSteps: stepsOf(options, dataset, bundle) }
  const open = () =>
    createRun(out, bundle, { data: resolve(data), images: fingerprint(dataset), ...settings })
  return { bundle, dataset, settings, from: 0, checkpoint: undefined, open }
}

function reopen(options: TrainOptions): Plan {
  const { data, out, epochs, steps, seed } = options
  const run = openRun(out)
  const { bundle, record } = run
  const dataset = openDataset(data ?? record.data, 'train')
  if (fingerprint(dataset) !== record.images)
    throw new UserError(
      'RunError',
      `${data ?? record.data} no longer holds the images that ${out} was started with`,
      {
        help: 'Give the folder with those images as --data, or start a new run.',
      },
    )
  const refuse = (what: string, was: number, is: number) =>
    new UserError('RunError', `${out} was started with ${what} ${was}, not ${is}`, {
      help: 'A resumed run keeps its settings: leave the flag out, or start a new run.',
    })
  if (seed !== undefined && seed !== record.seed) throw refuse('seed', record.seed, seed)
  const asked =
    epochs === undefined && steps === undefined ? record.totalSteps : stepsOf(options, dataset, bundle)
  if (asked !== record.totalSteps) throw refuse('a number of steps of', record.totalSteps, asked)
  removeAllPartials(out)
  const checkpoint = openRunCheckpoint(run)
  return {
    bundle,
    dataset,
    settings: { seed: record.seed, totalSteps: record.totalSteps },
    from: checkpoint?.step ?? 0,
    checkpoint,
    open: () => run,
  }
}

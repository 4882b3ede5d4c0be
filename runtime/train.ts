import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { UserError } from '../src/error.ts'
import { loadCheckpoint, saveCheckpoint, type Checkpoint } from './checkpoint.ts'
import { batchesPerEpoch } from './data/batches.ts'
import { openDataset, type Dataset } from './data/dataset.ts'
import { appendMetrics, truncateMetrics } from './metrics.ts'
import { createRun, openRun, runFiles, type RunFolder } from './run-folder.ts'
import { checkDataset, Trainer } from './trainer.ts'
import { loadBundle } from './bundle.ts'
import type { SessionOptions } from './provider.ts'

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
  /** Folder of a bundle; not needed to resume. */
  readonly bundle?: string
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
  readonly onProgress?: (progress: Progress) => void
  /** Stops after the step under way, with a checkpoint. */
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

/**
 * Trains a bundle on a data set, in a folder of its own: settings, metrics and checkpoints. It can be stopped,
 * or killed, at any moment and resumed to identical bits.
 *
 * @throws UserError for what the user can mend.
 */
export async function train(options: TrainOptions): Promise<TrainSummary> {
  const { run, dataset, start } = options.resume ? reopen(options) : begin(options)
  const { seed, totalSteps } = run.record
  const files = runFiles(run.folder)
  const values = start ? { values: start.values } : {}
  const { provider, threads, signal, onProgress } = options
  const trainer = await Trainer.create({
    bundle: run.bundle,
    dataset,
    seed,
    totalSteps,
    provider,
    threads,
    ...values,
  })
  const { batch } = run.bundle.manifest.train
  const { stepsPerEpoch } = trainer
  const every = options.checkpointEvery ?? stepsPerEpoch
  const first = start?.step ?? 0
  truncateMetrics(files.metrics, first)

  const began = performance.now()
  let losses: Record<string, number> = {}
  let step = first
  const speed = () => ((step - first) * batch * 1000) / (performance.now() - began)
  const save = () => {
    saveCheckpoint(files.checkpoint, { values: trainer.stepper.values(), step, totalSteps, seed }, run.bundle)
  }
  while (step < totalSteps && !signal?.aborted) {
    losses = await trainer.step(step)
    step++
    const imagesPerSecond = speed()
    const epoch = (step - 1) / stepsPerEpoch
    appendMetrics(files.metrics, [{ step, epoch, rate: trainer.rate(step - 1), losses, imagesPerSecond }])
    onProgress?.({
      step,
      totalSteps,
      stepsPerEpoch,
      losses,
      imagesPerSecond,
      secondsLeft: ((totalSteps - step) * batch) / imagesPerSecond,
    })
    if (step % every === 0) save()
    // Signals are heard only when the event loop turns.
    await new Promise((resolve) => setImmediate(resolve))
  }
  if (step % every !== 0 && step > first) save()
  await trainer.release()
  const seconds = (performance.now() - began) / 1000
  return {
    step,
    totalSteps,
    seconds,
    imagesPerSecond: step > first ? speed() : 0,
    losses,
    stopped: step < totalSteps,
  }
}

interface Start {
  readonly run: RunFolder
  readonly dataset: Dataset
  readonly start: Checkpoint | undefined
}

function begin({ bundle: folder, data, out, epochs, steps, seed = 0 }: TrainOptions): Start {
  if (folder === undefined || data === undefined) throw new Error('a new run needs a bundle and data')
  const bundle = loadBundle(folder)
  const dataset = openDataset(data, 'train')
  // Before the folder is made: what is refused here may be mended and started in the same folder.
  checkDataset(dataset, bundle.manifest)
  const perEpoch = batchesPerEpoch(dataset.count, bundle.manifest.train.batch)
  const totalSteps = steps ?? Math.max(1, Math.round((epochs ?? DEFAULT_EPOCHS) * perEpoch))
  return { run: createRun(out, bundle, { data: resolve(data), seed, totalSteps }), dataset, start: undefined }
}

function reopen({ data, out, epochs, steps, seed }: TrainOptions): Start {
  const run = openRun(out)
  const dataset = openDataset(data ?? run.record.data, 'train')
  const asked =
    steps ??
    (epochs === undefined
      ? undefined
      : Math.round(epochs * batchesPerEpoch(dataset.count, run.bundle.manifest.train.batch)))
  const refuse = (what: string, was: number, is: number) =>
    new UserError('RunError', `${out} was started with ${what} ${was}, not ${is}`, {
      help: 'A resumed run keeps its settings: leave the flag out, or start a new run.',
    })
  if (seed !== undefined && seed !== run.record.seed) throw refuse('seed', run.record.seed, seed)
  if (asked !== undefined && asked !== run.record.totalSteps)
    throw refuse('a length of', run.record.totalSteps, asked)
  const { checkpoint } = runFiles(out)
  return { run, dataset, start: existsSync(checkpoint) ? loadCheckpoint(checkpoint, run.bundle) : undefined }
}

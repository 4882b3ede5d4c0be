import { availableCores } from '../../src/base/cores.ts'
import { checkSizes } from '../../src/bundle/check-sizes.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { sectionsOf } from '../../src/bundle/sections.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import { batchesPerEpoch } from '../batches/epoch.ts'
import { openTrainingData, warn, type DataOptions } from './training-data.ts'
import type { Dataset } from '../data/dataset.ts'
import type { DataSource } from '../data/format.ts'
import { createRun, removeAllPartials, type RunFolder } from '../files/run-folder.ts'
import { chosenWay, type Choice } from './choose.ts'
import { devicesOf, type RunDevices } from './devices.ts'
import { recordedWay, stepSection, workersOf, type Division, type Parallel } from './parallel.ts'
import { writeStart, type GivenStart } from './given-start.ts'
import { requireMetric } from './metric.ts'
import { divideImages, requireObservable } from './set-aside.ts'
import type { OpenCheckpoint } from '../files/checkpoint.ts'
import type { SessionOptions } from '../session/options.ts'
import { versions } from '../session/versions.ts'
import { aheadOf } from './run-length.ts'
import type { Heard, Listener } from '../given/hearing.ts'
import type { RunRecord } from '../files/run-record.ts'

/** Epochs of a run where nothing is said. */
export const DEFAULT_EPOCHS = 10

/** What identifies a run, and its length. */
export interface PlanOptions extends SessionOptions, DataOptions {
  /** A bundle, compiled or loaded, or the folder of one; not needed to resume. */
  readonly bundle?: string | Bundle
  /** Data set: `PATH`, `KIND:PATH` or `mine.ts#dataset`, or as `findData` found it; a resumed run knows its own. */
  readonly data?: string | DataSource
  /** Folder of the run. */
  readonly out: string
  /** Length of the run, in one of two ways; default 10 epochs. Of a resumed run: a new one, from the first step. */
  readonly epochs?: number | undefined
  readonly steps?: number | undefined
  readonly seed?: number | undefined
  /** Steps between checkpoints; default: an epoch. One more is written at the end and when stopped. */
  readonly checkpointEvery?: number | undefined
  /** Weights that the encoder of a new run starts with: the folder of a run, or a file of safetensors. */
  readonly init?: GivenStart['init'] | undefined
  /** The layers that are given weights; default: all. */
  readonly initLayers?: GivenStart['initLayers']
  /** How many checkpoints are kept by number, the last ones; default: the very last alone, without one. */
  readonly keep?: number | undefined
  /**
   * Keeps the best checkpoint, too, by `loss` or that of a layer, `conv1.loss`: the smallest mean since the one before; or
   * by what was found while it trained: `validation.loss`, `probe.linear`, `probe.conv1.knn`.
   */
  readonly keepBest?: string | undefined
  /** Whether a file of events for TensorBoard is kept beside the metrics; default true. Same bits. */
  readonly tensorboard?: boolean | undefined
  /** Of a resumed run: the kept checkpoint that it goes on from, in place of the last. */
  readonly fromStep?: number | undefined
  /** The part of the images that is set aside, between 0 and 1: losses are measured, and probes judged, on them. */
  readonly validation?: number | undefined
  /** The words of the command that this is, for the run's record: a new run's alone. */
  readonly command?: readonly string[] | undefined
  /**
   * Who runs the graphs of a step: `threads` of an operation; a worker for each of the bundle's `shards`, or for each part of a
   * `pipeline` of layers; or `none`, the shards one after the other. Default: a pipeline where there are several workers, else threads,
   * or of a long run on a CPU, where neither `threads` nor `workers` is given, what takes least as it begins (`run.json` has it, and a
   * resume keeps it). Last bits depend on whether it is shards; `shards` and `none` give the same.
   */
  readonly parallel?: Parallel | undefined
  /**
   * Threads that train at the same time, different layers, or shards; default 1, of shards one per shard, device or core. Some
   * times as many as shards are so many groups of layers, each in shards. The same bits as of one with as many `threads`.
   */
  readonly workers?: number | undefined
  /** With `provider: 'cuda'` and several workers, the GPUs that these are dealt to in turn, by number, group by group; default: `device` alone. */
  readonly devices?: readonly number[] | undefined
  /** Batches that a thread prepares before they are asked for; 0: each in its turn. Default 2 runs' worth. Same bits. */
  readonly prepareAhead?: number | undefined
  /** Told as it is measured who does the steps, and when it is chosen; default: what was chosen is a notice. */
  readonly onChoice?: Listener<Choice> | undefined
}

/** What a resumed run keeps, unless it is told otherwise: the bits depend on all but the last. */
export type Settings = Pick<
  RunRecord,
  'seed' | 'totalSteps' | 'provider' | 'threads' | 'checkpointEvery' | keyof RunDevices
> & {
  readonly keep: number | undefined
  readonly keepBest: string | undefined
  readonly tensorboard: boolean
  readonly parallel: Parallel | undefined
  readonly probeEvery: number | undefined
  readonly validation: number | undefined
}

/** Whether the checkpoint after so many steps may be kept by number, or as the best: not one of a run that is stopped. */
export const isCandidate = (
  { checkpointEvery, totalSteps }: Pick<Settings, 'checkpointEvery' | 'totalSteps'>,
  step: number,
): boolean => step % checkpointEvery === 0 || step === totalSteps

/** All that is decided of a training run before anything of it is written. */
export interface Plan {
  readonly bundle: Bundle
  /** What is trained on, and what of the images is not. */
  readonly dataset: Dataset
  readonly aside: Dataset | undefined
  /** What probes are of, where the former have no labels. */
  readonly labelled: Dataset | undefined
  readonly settings: Settings
  /** Steps done before, and the checkpoint that holds what they made. */
  readonly from: number
  readonly checkpoint: OpenCheckpoint | undefined
  /** Makes the run in its folder, or gives the one that is there. */
  readonly open: () => RunFolder
  /** Removes what was made for a run that did not come about. */
  readonly discard?: (() => void) | undefined
}

/** The length that is asked for, in steps. */
export const stepsOf = (
  { epochs = DEFAULT_EPOCHS, steps }: Pick<PlanOptions, 'epochs' | 'steps'>,
  dataset: Pick<Dataset, 'count'>,
  { manifest }: Bundle,
): number => steps ?? Math.max(1, Math.round(epochs * batchesPerEpoch(dataset.count, manifest.train.batch)))

/** One that was loaded fits in memory; one that was compiled just now may be for a larger machine. */
function fitting(bundle: Bundle): Bundle {
  checkSizes(sectionsOf(bundle.manifest), bundle.manifest.program.name)
  return bundle
}

/** Of an operation. A worker of shards does with one: their data stay in its core's cache. */
const defaultThreads = (division: Division): number =>
  Math.max(1, Math.floor(availableCores() / (workersOf(division) ?? Infinity)))

/** Of a new run. */
export async function begin(options: Heard<PlanOptions>): Promise<Plan> {
  const { bundle: given, data, out, seed = 0, init, initLayers, onNotice = warn } = options
  if (given === undefined || data === undefined) throw new Error('a new run needs a bundle and data')
  const bundle = typeof given === 'string' ? loadBundle(given) : fitting(given)
  stepSection(bundle.manifest, options)
  const { dataset: all, labelled, record } = await openTrainingData(data, bundle, options)
  const watched = { seed, probeEvery: options.probeEvery, validation: options.validation }
  const images = { ...divideImages(all, watched), labelled }
  requireObservable(bundle, images, watched, onNotice)
  const { dataset, aside } = images
  const { provider = 'cpu' } = options
  const asked: Settings = {
    ...{ seed, totalSteps: stepsOf(options, dataset, bundle), provider, ...devicesOf(options) },
    ...{ threads: options.threads ?? defaultThreads(options), parallel: options.parallel },
    checkpointEvery: options.checkpointEvery ?? batchesPerEpoch(dataset.count, bundle.manifest.train.batch),
    ...{ keep: options.keep, keepBest: options.keepBest, tensorboard: options.tensorboard ?? true },
    ...watched,
  }
  requireMetric(bundle.manifest, asked)
  const startFrom = (given: GivenStart) => {
    // What is written now is to stay when the run is made.
    removeAllPartials(out)
    return writeStart(out, bundle, given, asked)
  }
  const start = init === undefined ? undefined : startFrom({ init, initLayers })
  start?.notices.forEach(onNotice)
  const more = {
    checkpoint: start?.checkpoint.file,
    prepareAhead: aheadOf(bundle.manifest, options.prepareAhead),
  }
  const measured = { bundle, dataset, seed, totalSteps: asked.totalSteps, ...more }
  const way = await chosenWay(measured, { ...options, onNotice }).catch((error: unknown) => {
    start?.remove()
    throw error
  })
  const settings = { ...asked, ...way }
  const { keep, keepBest, tensorboard, parallel, probeEvery, validation, ...others } = settings
  const { options: optionValues } = bundle.manifest.program
  const open = () =>
    createRun(
      out,
      bundle,
      {
        ...record,
        ...others,
        ...(keep === undefined ? {} : { keep }),
        ...(keepBest === undefined ? {} : { keepBest }),
        ...(tensorboard ? {} : { tensorboard }),
        ...(start ? { init: start.record } : {}),
        ...(probeEvery === undefined ? {} : { probeEvery }),
        ...(validation === undefined ? {} : { validation }),
        ...recordedWay(bundle.manifest, { parallel }),
        ...(optionValues ? { options: optionValues } : {}),
        versions: versions(),
        ...(options.command ? { command: [...options.command] } : {}),
      },
      start?.path,
    )
  return {
    ...{ bundle, dataset, aside, labelled, settings },
    from: 0,
    checkpoint: start?.checkpoint,
    open,
    discard: start?.remove,
  }
}

import { availableCores } from '../../src/base/cores.ts'
import { checkSizes } from '../../src/bundle/check-sizes.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { sectionsOf } from '../../src/bundle/sections.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import { batchesPerEpoch } from '../batches/epoch.ts'
import { openTrainingData, warn } from './training-data.ts'
import type { Dataset } from '../data/dataset.ts'
import { createRun, removeAllPartials, type RunFolder } from '../files/run-folder.ts'
import { chosenWay } from './choose.ts'
import { devicesOf, type RunDevices } from './devices.ts'
import { recordedWay, stepSection, workersOf, type Division, type Parallel } from './parallel.ts'
import { writeStart, type GivenStart } from './given-start.ts'
import { requireMetric } from './metric.ts'
import { factsOf, type DataFacts } from './data-facts.ts'
import type { PlanOptions } from './plan-options.ts'
import { divideImages, requireObservable } from './set-aside.ts'
import type { OpenCheckpoint } from '../files/checkpoint.ts'
import { versions } from '../session/versions.ts'
import { aheadOf } from './run-length.ts'
import type { Heard } from '../given/hearing.ts'
import type { RunRecord } from '../files/run-record.ts'

/** Epochs of a run where nothing is said. */
export const DEFAULT_EPOCHS = 10

export type { PlanOptions } from './plan-options.ts'

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
  /** The data set, by what it holds. */
  readonly data: DataFacts
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
    data: factsOf(record),
    from: 0,
    checkpoint: start?.checkpoint,
    open,
    discard: start?.remove,
  }
}

import { availableParallelism } from 'node:os'
import { UserError } from '../../src/base/error.ts'
import { checkSizes } from '../../src/bundle/check-sizes.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { sectionsOf } from '../../src/bundle/sections.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import { batchesPerEpoch } from '../batches/epoch.ts'
import { lastStep } from '../files/metrics.ts'
import { readsLabels, requireLabelsRead } from '../batches/check-dataset.ts'
import { fingerprint } from '../data/cache/fingerprint.ts'
import { openFor } from '../batches/open-for.ts'
import { describeDataset, findData, type DataSource } from '../data/open.ts'
import type { Dataset, Split } from '../data/dataset.ts'
import type { OpenOptions } from '../data/format.ts'
import {
  createRun,
  openRun,
  openRunCheckpoint,
  removeAllPartials,
  runFiles,
  type RunFolder,
} from '../files/run-folder.ts'
import type { OpenCheckpoint } from '../files/checkpoint.ts'
import type { SessionOptions } from '../session/provider.ts'
import type { RunRecord } from '../files/run-record.ts'

export const DEFAULT_EPOCHS = 10

/** What identifies a run, and its length. */
export interface PlanOptions extends SessionOptions {
  /** A bundle, compiled or loaded, or the folder of one; not needed to resume. */
  readonly bundle?: string | Bundle
  /** Data set: `PATH`, `KIND:PATH` or `mine.ts#dataset`; a resumed run knows its own. */
  readonly data?: string
  /** What of it is trained on; default: what has no labels, where there is any and the program reads none; else train. */
  readonly split?: Split | undefined
  /** Told while images are decoded for the first time. */
  readonly onPreparing?: OpenOptions['onProgress'] | undefined
  /** Told what is trained on. */
  readonly onData?: ((description: string) => void) | undefined
  /** Folder of the run. */
  readonly out: string
  /** Length of the run, in one of two ways; default 10 epochs. */
  readonly epochs?: number | undefined
  readonly steps?: number | undefined
  readonly seed?: number | undefined
  /** Steps between checkpoints; default: an epoch. One more is written at the end and when stopped. */
  readonly checkpointEvery?: number | undefined
  /** Threads that train different layers at the same time; default 1. The same bits as of one with as many `threads`. */
  readonly workers?: number | undefined
  /** Told what a user should know of and need not act on; by default a warning of the process. */
  readonly onNotice?: ((notice: string) => void) | undefined
}

/** What a resumed run keeps, unless it is told otherwise: the bits depend on all but the last. */
type Settings = Pick<RunRecord, 'seed' | 'totalSteps' | 'provider' | 'threads' | 'checkpointEvery'>

export const warn = (notice: string): void => {
  process.emitWarning(notice)
}

/** All that is decided of a training run before anything of it is written. */
export interface Plan {
  readonly bundle: Bundle
  readonly dataset: Dataset
  readonly settings: Settings
  /** Steps done before, and the checkpoint that holds what they made. */
  readonly from: number
  readonly checkpoint: OpenCheckpoint | undefined
  /** Makes the run in its folder, or gives the one that is there. */
  readonly open: () => RunFolder
}

const stepsOf = (
  { epochs = DEFAULT_EPOCHS, steps }: PlanOptions,
  dataset: Dataset,
  { manifest }: Bundle,
): number => steps ?? Math.max(1, Math.round(epochs * batchesPerEpoch(dataset.count, manifest.train.batch)))

/** @throws UserError where the data set lacks what is asked for */
function splitOf({ splits, path }: DataSource, { split }: PlanOptions, { manifest }: Bundle): Split {
  if (split !== undefined && !splits.includes(split))
    throw new UserError('DataError', `${path} has no split '${split}'`, {
      help: `It has ${splits.join(', ')}.`,
    })
  if (split !== undefined) return split
  return splits.includes('unlabelled') && !readsLabels(manifest.train, manifest.augment)
    ? 'unlabelled'
    : 'train'
}

interface Opened {
  readonly source: DataSource
  readonly split: Split
  readonly dataset: Dataset
}

/** Checked before anything of the run is written. */
async function openTraining(data: string, options: PlanOptions, bundle: Bundle): Promise<Opened> {
  const source = await findData(data)
  const split = splitOf(source, options, bundle)
  const { manifest } = bundle
  const dataset = await openFor(manifest, source, split, {
    onProgress: options.onPreparing,
    onNotice: options.onNotice ?? warn,
  })
  requireLabelsRead(dataset, manifest, manifest.train, manifest.augment)
  options.onData?.(`${describeDataset(dataset)} (${split === 'train' ? '' : `${split}, `}${source.path})`)
  return { source, split, dataset }
}

/** One that was loaded fits in memory; one that was compiled just now may be for a larger machine. */
function fitting(bundle: Bundle): Bundle {
  checkSizes(sectionsOf(bundle.manifest), bundle.manifest.program.name)
  return bundle
}

/** Of a new run. */
export async function begin(options: PlanOptions): Promise<Plan> {
  const { bundle: given, data, out, seed = 0 } = options
  if (given === undefined || data === undefined) throw new Error('a new run needs a bundle and data')
  const bundle = typeof given === 'string' ? loadBundle(given) : fitting(given)
  const { source, split, dataset } = await openTraining(data, options, bundle)
  const { provider = 'cpu', workers = 1 } = options
  const settings: Settings = {
    ...{ seed, totalSteps: stepsOf(options, dataset, bundle), provider },
    threads: options.threads ?? Math.max(1, Math.floor(availableParallelism() / workers)),
    checkpointEvery: options.checkpointEvery ?? batchesPerEpoch(dataset.count, bundle.manifest.train.batch),
  }
  const { name, count, shape, classes } = dataset
  const found = {
    name,
    count,
    shape: [...shape] as [number, number, number],
    ...(classes === undefined ? {} : { classes }),
  }
  const images = await fingerprint(dataset)
  const open = () => createRun(out, bundle, { data: source.spec, split, dataset: found, images, ...settings })
  return { bundle, dataset, settings, from: 0, checkpoint: undefined, open }
}

/** @throws UserError as `openTraining`, which says that the path is the run's, not the user's */
async function recordedData(
  { data, split }: RunRecord,
  options: PlanOptions,
  bundle: Bundle,
): Promise<Opened> {
  try {
    return await openTraining(data, { ...options, split }, bundle)
  } catch (error) {
    throw error instanceof UserError
      ? error.note('the run was started with that path; where its images lie elsewhere now: --data PATH')
      : error
  }
}

/** Of a run that goes on, whose folder is locked. @throws UserError ('RunError') where it was started otherwise */
export async function reopen(options: PlanOptions): Promise<Plan> {
  const { data, out, epochs, steps, seed } = options
  const run = openRun(out)
  const { bundle, record } = run
  const { dataset } =
    data === undefined
      ? await recordedData(record, options, bundle)
      : await openTraining(data, { ...options, split: options.split ?? record.split }, bundle)
  if ((await fingerprint(dataset)) !== record.images)
    throw new UserError(
      'RunError',
      `${data ?? record.data} no longer holds the images that ${out} was started with`,
      {
        help: 'Give the data set with those images as --data, or start a new run.',
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
  const { provider = record.provider, threads = record.threads, onNotice = warn } = options
  const { checkpointEvery = record.checkpointEvery } = options
  if (provider !== record.provider || threads !== record.threads)
    onNotice(
      `${out} was trained on ${record.provider} with ${record.threads} threads an operation: on ${provider} with ${threads} last bits may differ`,
    )
  const checkpoint = openRunCheckpoint(run)
  const { checkpoint: path, metrics } = runFiles(out)
  // Steps go on once a checkpoint is written: of later ones, there was one.
  if (!checkpoint && lastStep(metrics) > record.checkpointEvery)
    onNotice(`${path} is gone: the run begins again at step 1, and will come to the same bits`)
  return {
    bundle,
    dataset,
    settings: { seed: record.seed, totalSteps: record.totalSteps, provider, threads, checkpointEvery },
    from: checkpoint?.step ?? 0,
    checkpoint,
    open: () => run,
  }
}

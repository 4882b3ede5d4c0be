import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { UserError } from '../src/error.ts'
import { loadBundle, type LoadedBundle } from './bundle.ts'
import { batchesPerEpoch } from './data/batches.ts'
import { openDataset, type Dataset } from './data/dataset.ts'
import { createRun, openRun, openRunCheckpoint, removeAllPartials, type RunFolder } from './run-folder.ts'
import type { OpenCheckpoint } from './checkpoint.ts'
import type { RunRecord } from './run-record.ts'

export const DEFAULT_EPOCHS = 10

/** What identifies a run, and its length. */
export interface PlanOptions {
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
}

/** All that is decided of a training run before anything of it is written. */
export interface Plan {
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
  { epochs = DEFAULT_EPOCHS, steps }: PlanOptions,
  dataset: Dataset,
  { manifest }: LoadedBundle,
): number => steps ?? Math.max(1, Math.round(epochs * batchesPerEpoch(dataset.count, manifest.train.batch)))

const fingerprint = ({ images, labels }: Dataset): string =>
  createHash('sha256').update(images).update(labels).digest('hex')

/** Of a new run. */
export function begin(options: PlanOptions): Plan {
  const { bundle: given, data, out, seed = 0 } = options
  if (given === undefined || data === undefined) throw new Error('a new run needs a bundle and data')
  const bundle = typeof given === 'string' ? loadBundle(given) : given
  const dataset = openDataset(data, 'train')
  const settings = { seed, totalSteps: stepsOf(options, dataset, bundle) }
  const open = () =>
    createRun(out, bundle, { data: resolve(data), images: fingerprint(dataset), ...settings })
  return { bundle, dataset, settings, from: 0, checkpoint: undefined, open }
}

/** Of a run that goes on, whose folder is locked. @throws UserError ('RunError') where it was started otherwise */
export function reopen(options: PlanOptions): Plan {
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

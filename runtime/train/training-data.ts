import { UserError } from '../../src/base/error.ts'
import { readsLabels, requireLabelsRead } from '../batches/check-dataset.ts'
import { fingerprint } from '../data/cache/fingerprint.ts'
import { openFor } from '../batches/open-for.ts'
import { describeDataset, findData } from '../data/open.ts'
import type { DataSource } from '../data/format.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { Dataset, Split } from '../data/dataset.ts'
import type { Preparing } from '../data/format.ts'
import type { Heard, Listener } from '../given/hearing.ts'
import type { RunRecord } from '../files/run-record.ts'

/** What of a data set is trained on, and who is told of it. */
export interface DataOptions {
  /** Default: what has no labels, where there is any and the program reads none; else train. */
  readonly split?: Split | undefined
  /** Told while images are decoded for the first time. */
  readonly onPreparing?: Listener<Preparing> | undefined
  /** Stops the decoding, too: then its reason is thrown. */
  readonly signal?: AbortSignal | undefined
  /** Told what is trained on. */
  readonly onData?: Listener<string> | undefined
  /** Told what a user should know of and need not act on; by default a warning of the process. */
  readonly onNotice?: Listener<string> | undefined
  /**
   * Epochs, or parts of one, between probes of each layer while it is trained, before the first step and after the last, too;
   * no bit of the training changes. Where what is trained on has no labels, probes are of the images of `train`.
   */
  readonly probeEvery?: number | undefined
}

export const warn = (notice: string): void => {
  process.emitWarning(notice)
}

export interface TrainingData {
  readonly dataset: Dataset
  /** Images of the split `train`, for probes of a network that is trained on images without labels. */
  readonly labelled: Dataset | undefined
  /** What the run's record says of it. */
  readonly record: Pick<RunRecord, 'data' | 'split' | 'dataset' | 'images'>
}

/** @throws UserError where the data set lacks what is asked for */
function splitOf({ splits, path }: DataSource, split: Split | undefined, { manifest }: Bundle): Split {
  if (split !== undefined && !splits.includes(split))
    throw new UserError('DataError', `${path} has no split '${split}'`, {
      help: `It has ${splits.join(', ')}.`,
    })
  if (split !== undefined) return split
  return splits.includes('unlabelled') && !readsLabels(manifest.train, manifest.augment)
    ? 'unlabelled'
    : 'train'
}

/** Opens what is trained on; it is checked before anything of a run is written. @throws UserError */
export async function openTrainingData(
  data: string | DataSource,
  bundle: Bundle,
  { split: wanted, onPreparing, onNotice = warn, onData, probeEvery, signal }: Heard<DataOptions>,
): Promise<TrainingData> {
  const source = typeof data === 'string' ? await findData(data) : data
  const split = splitOf(source, wanted, bundle)
  const { manifest } = bundle
  const opening = { onProgress: onPreparing, onNotice, signal }
  const dataset = await openFor(manifest, source, split, opening)
  requireLabelsRead(dataset, manifest, manifest.train, manifest.augment)
  const isProbed = probeEvery !== undefined && !dataset.labels && split !== 'train'
  const labelled =
    isProbed && source.splits.includes('train')
      ? await openFor(manifest, source, 'train', opening)
      : undefined
  onData?.(`${describeDataset(dataset)} (${split === 'train' ? '' : `${split}, `}${source.path})`)
  const { name, count, shape, classes } = dataset
  const [channels, height, width] = shape
  return {
    dataset,
    labelled: labelled?.labels ? labelled : undefined,
    record: {
      ...{ data: source.spec, split },
      dataset: {
        name,
        count,
        shape: [channels, height, width],
        ...(classes === undefined ? {} : { classes }),
      },
      images: await fingerprint(dataset, { onProgress: onPreparing, signal }),
    },
  }
}

import { UserError } from '../../src/base/error.ts'
import { readsLabels } from '../batches/check-dataset.ts'
import { subset, type Dataset } from '../data/dataset.ts'
import { lossesOf } from '../../src/bundle/scalars.ts'
import { splitValidation } from '../data/split.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { RunRecord } from '../files/run-record.ts'
import type { TrainingData } from './training-data.ts'

/** What is measured of a network while it is trained. */
export type Watched = Pick<RunRecord, 'probeEvery' | 'validation' | 'seed'>

/** The images of a run: those that it trains on, and those that it does not, where some are set aside. */
export interface DividedImages {
  readonly dataset: Dataset
  readonly aside: Dataset | undefined
}

/** @throws UserError ('DataError') where nothing would be set aside */
export function divideImages(
  all: Dataset,
  { validation, seed }: Pick<RunRecord, 'validation' | 'seed'>,
): DividedImages {
  if (validation === undefined) return { dataset: all, aside: undefined }
  const split = splitValidation(all, validation, seed)
  return { dataset: subset(all, split.train), aside: subset(all, split.validation) }
}

/**
 * Whether what is asked for can be measured.
 *
 * @throws UserError ('RunError', 'DataError') where it cannot, with what to do
 */
export function requireObservable(
  { manifest }: Bundle,
  { dataset, aside, labelled }: DividedImages & Pick<TrainingData, 'labelled'>,
  { probeEvery }: Watched,
  onNotice: (notice: string) => void,
): void {
  const { train, augment, validation, program } = manifest
  const fail = (problem: string, help: string) => new UserError('RunError', problem, { help })
  const hasLosses = lossesOf(train.graphs).length > 0
  if (aside && hasLosses && !validation)
    throw fail(
      `the bundle of '${program.name}' has no graph of its losses alone: it was compiled by a hebb of before`,
      'Compile the program again, or leave --validation out.',
    )
  if (aside && validation && aside.count < validation.batch)
    throw new UserError(
      'DataError',
      `${aside.count} images are set aside, which do not fill one batch of ${validation.batch}`,
      {
        help: helpFor(validation.batch, dataset.count + aside.count),
      },
    )
  if (aside && !hasLosses && probeEvery === undefined)
    throw fail(
      `'${program.rule}' has no loss that could be measured on images set aside`,
      'Probe them: --probe-every 1; or leave --validation out.',
    )
  if (probeEvery === undefined) return
  if (!dataset.labels && !labelled)
    throw new UserError('DataError', `${dataset.name} has no labels, and probes need them`, {
      help: 'Leave --probe-every out: --validation 0.1 measures losses on images set aside; hebb probe takes another --data.',
    })
  if (!aside && !labelled && readsLabels(train, augment))
    onNotice(
      `'${program.name}' learns from labels: probes are judged on images whose labels it has seen; --validation 0.1 sets others aside`,
    )
}

/** What fills a batch, and leaves one to train on. */
const helpFor = (batch: number, count: number): string => {
  const part = atLeast(batch, count)
  return Math.round(count * (1 - part)) < batch
    ? 'Use more images, or compile the program with a smaller batch.'
    : `Set more aside: --validation ${part}`
}

/** A fraction that sets a batch aside, rounded up to hundredths. */
const atLeast = (batch: number, count: number): number =>
  Math.min(0.99, Math.ceil((100 * batch) / count) / 100)

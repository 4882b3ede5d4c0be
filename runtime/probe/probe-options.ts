import { checkedWithSession, optionError, type Checks } from '../given/check.ts'
import * as kind from '../given/kinds.ts'
import { ranges } from '../given/ranges.ts'
import { didYouMean } from '../../src/base/near-names.ts'
import type { Listener } from '../given/hearing.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { Dataset } from '../data/dataset.ts'
import type { SessionOptions } from '../session/options.ts'
import type { Crops } from './cropped.ts'

/** What a probe takes. */
export interface ProbeOptions extends SessionOptions {
  /** The encoder. */
  readonly bundle: Bundle
  /** Images with labels that the classifiers learn from. */
  readonly train: Dataset
  /** Images on which accuracy is measured. */
  readonly test: Dataset
  /** Of the order of images and of the draws of few labels; default 0. */
  readonly seed?: number
  /** Epochs of the linear classifier on all labels; with few labels it gets five times as many. */
  readonly epochs?: number
  /** Neighbours that vote. */
  readonly k?: number
  /** Labels a class of the probe with few labels, and over how many draws of them it is averaged. */
  readonly labelsPerClass?: number
  /** Draws of few labels; default 5. */
  readonly repeats?: number
  /** Whether linear classifiers are trained on each of the data set's folds, too, as its protocol says (STL-10). */
  readonly folds?: boolean
  /** Which probes of the bundle to train; default: of all layers together. */
  readonly probes?: readonly string[]
  /**
   * What `compileCrops` makes: the linear classifier on all labels is taught on crops of the images, other ones in every
   * epoch, as in the paper; default: on the images as they are. Those with few labels, and on folds, are not.
   */
  readonly crops?: Crops | undefined
  /** Whether what is found is kept in the cache, for who asks the same of the same features. */
  readonly remember?: boolean
  /** Hears the name of each probe as it begins. */
  readonly onProbe?: Listener<string> | undefined
}

/** Of the linear classifier on all labels. */
export const DEFAULT_PROBE_EPOCHS = 60

/** Few labels make short epochs: there are so many times as many. */
export const FEW_LABEL_EPOCHS = 5

const many = kind.wholeIn(ranges.many)
const checks: Checks<ProbeOptions> = {
  ...kind.session,
  bundle: kind.bundle,
  train: kind.images,
  test: kind.images,
  seed: kind.wholeIn(ranges.seed).optional(),
  epochs: kind.wholeIn(ranges.epochs).optional(),
  k: many.optional(),
  labelsPerClass: many.optional(),
  repeats: kind.wholeIn(ranges.repeats).optional(),
  folds: kind.flag.optional(),
  probes: kind.list(kind.textOf('the name of a probe'), 'names of probes').optional(),
  crops: kind.graphsOf<Crops>('what compileCrops makes').optional(),
  remember: kind.flag.optional(),
  onProbe: kind.listener<ProbeOptions['onProbe']>('name').optional(),
}

/** @param what is given them: a function, as messages name it. @throws UserError ('OptionError') that names the option */
export function checkProbeOptions(what: string, given: ProbeOptions): ProbeOptions {
  const options = checkedWithSession(what, checks, given)
  const names = options.bundle.manifest.probes.map(({ name }) => name)
  const unknown = options.probes?.find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw optionError(`${what}: the bundle has no probe '${unknown}'`, didYouMean(unknown, names))
  return options
}

import { UserError } from '../../src/base/error.ts'
import { selectPerClass } from '../data/split.ts'
import { nearestNeighbours } from './knn.ts'
import { openProducts } from './products.ts'
import { judgeClassifier, linearProbe, type Labelled } from './linear.ts'
import type { Probe } from './teaching.ts'
import { teachOnCrops, type Crops } from './cropped.ts'
import { encode, pixelFeatures, selectRows, type Features } from './features.ts'
import { divide, rootMeanSquare } from './scale.ts'
import { checkDataset } from '../batches/check-dataset.ts'
import { labelsOf, pickLabels, type Dataset } from '../data/dataset.ts'
import type { Figures } from '../evaluate/judged.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { SessionOptions } from '../session/provider.ts'
import type { Values } from '../values/value-store.ts'

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
  /** Hears the name of each probe as it begins. */
  readonly onProbe?: (name: string) => void
}

/** Of the linear classifier on all labels. */
export const DEFAULT_PROBE_EPOCHS = 60

/** What a probe found. */
export interface ProbeResult {
  /** Name of the bundle's probe: pixels, average, spatial, or one layer's. */
  readonly probe: string
  /** Numbers in the features of an image. */
  readonly dimension: number
  /** Accuracies on the test images, in 0..1. */
  readonly knn: number
  /** Of a linear classifier that learned from all labels. */
  readonly linear: number
  /** What that classifier takes the test images for: how many of each class (rows) it takes to be of each (columns). */
  readonly confusion: Figures['confusion']
  /** Of linear classifiers that learned from few labels a class, one per draw. */
  readonly fewLabels: Repeated
  /** Of linear classifiers that were each taught one of the folds. */
  readonly folds?: Repeated
}

/** Accuracies of a classifier that was trained several times, on other images, and their mean. */
export interface Repeated {
  readonly mean: number
  readonly values: readonly number[]
}

/** Probes of raw pixels; they need no encoder. */
export const probePixels = async (options: ProbeOptions): Promise<ProbeResult> => {
  const probe = findProbe(options.bundle, 'pixels')
  const known = await pixelFeatures(options.train)
  const taught = await teachOnCrops(undefined, [probe], new Map([[probe.name, known]]), cropping(options))
  const values = taught.get(probe.name)
  return probeFeatures(probe, known, await pixelFeatures(options.test), options, values)
}

/**
 * Probes of a frozen encoder: nearest neighbours on its features as they are, linear classifiers on features
 * scaled by one number to a root mean square of 1. The last epoch counts, never the best on the test images.
 *
 * @param values the encoder's parameters
 */
export async function probeEncoder(values: Values, options: ProbeOptions): Promise<ProbeResult[]> {
  const { bundle, train, test } = options
  for (const images of [train, test]) labelsOf(images, 'a probe')
  checkDataset(train, bundle.manifest)
  checkDataset(test, bundle.manifest)
  const names =
    options.probes ??
    ['average', 'spatial'].filter((name) => bundle.manifest.probes.some((probe) => probe.name === name))
  const probes = names.map((name) => findProbe(bundle, name))
  const session = { provider: options.provider, threads: options.threads }
  const groups = new Map(probes.map(({ name, features }) => [name, features]))
  const [known, asked] = [
    await encode(bundle, values, train, { ...session, groups }),
    await encode(bundle, values, test, { ...session, groups }),
  ]
  const taught = await teachOnCrops(values, probes, known, cropping(options))
  const results: ProbeResult[] = []
  for (const probe of probes) {
    const [train, test] = [known.get(probe.name), asked.get(probe.name)]
    if (!train || !test) throw new Error(`no features of probe ${probe.name}`)
    // What is probed makes room.
    for (const features of [known, asked]) features.delete(probe.name)
    results.push(await probeFeatures(probe, train, test, options, taught.get(probe.name)))
  }
  return results
}

const cropping = ({ epochs = DEFAULT_PROBE_EPOCHS, seed = 0, ...rest }: ProbeOptions) => ({
  ...rest,
  epochs,
  seed,
})

/**
 * Changes the features that it is given: they are scaled in place.
 *
 * @param values the linear classifier on all labels, where it is taught already
 */
async function probeFeatures(
  probe: Probe,
  known: Features,
  asked: Features,
  options: ProbeOptions,
  values: Values | undefined,
): Promise<ProbeResult> {
  const {
    bundle,
    train,
    test,
    seed = 0,
    epochs = DEFAULT_PROBE_EPOCHS,
    k = 10,
    labelsPerClass = 10,
    repeats = 5,
    provider,
    threads,
  } = options
  options.onProbe?.(probe.name)
  const labels = labelsOf(train, 'a probe')
  const folds = options.folds === true ? foldsOf(train) : undefined
  // The labels first: too few of them are told before minutes of work, not after.
  const few = Array.from({ length: repeats }, (_, draw) => selectPerClass(train, labelsPerClass, seed, draw))
  const [taught, wanted] = [
    { features: known, labels },
    { features: asked, labels: labelsOf(test, 'a probe') },
  ]
  const products = await openProducts(bundle, probe, { provider, threads })
  const knn = await nearestNeighbours(taught, wanted, k, products)
  await products.release()
  const unit = rootMeanSquare(known)
  for (const features of [known, asked]) divide(features, unit)
  const fit = (labelled: Labelled, epochs: number) =>
    linearProbe(labelled, wanted, { bundle, probe, epochs, seed, provider, threads })
  const { accuracy: linear, confusion } = values
    ? await judgeClassifier(values, wanted, { bundle, probe, provider, threads })
    : await fit(taught, epochs)
  const repeated = async (choices: readonly Uint32Array[]): Promise<Repeated> => {
    const values: number[] = []
    for (const rows of choices) {
      const part = { features: selectRows(known, rows), labels: pickLabels(labels, rows) }
      values.push((await fit(part, 5 * epochs)).accuracy)
    }
    return { mean: values.reduce((sum, value) => sum + value, 0) / values.length, values }
  }
  const fewLabels = await repeated(few)
  const found = { probe: probe.name, dimension: known.dimension, knn, linear, confusion, fewLabels }
  return folds ? { ...found, folds: await repeated(folds) } : found
}

/** @throws UserError ('DataError') where the data set has none */
function foldsOf({ name, folds }: Dataset): readonly Uint32Array[] {
  if (folds) return folds
  throw new UserError('DataError', `${name} has no folds`, {
    help: 'STL-10 has, in fold_indices.txt; leave --folds out.',
  })
}

export function findProbe({ manifest }: Bundle, name: string): Probe {
  const probe = manifest.probes.find((each) => each.name === name)
  if (!probe) throw new Error(`the bundle has no probe '${name}'`)
  return probe
}

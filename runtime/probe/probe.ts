import { UserError } from '../../src/base/error.ts'
import { selectPerClass } from '../data/split.ts'
import { nearestNeighbours } from './knn.ts'
import { openProducts } from './products.ts'
import { judgeClassifier, linearProbe, type Labelled } from './linear.ts'
import type { Probe } from './teaching.ts'
import { teachOnCrops, type Taught } from './cropped.ts'
import { encode, pixelFeatures, selectRows, type Features } from './features.ts'
import { checkedArgument } from '../given/check.ts'
import * as kind from '../given/kinds.ts'
import {
  checkProbeOptions,
  DEFAULT_PROBE_EPOCHS,
  FEW_LABEL_EPOCHS,
  type ProbeOptions,
} from './probe-options.ts'
import { remembered } from './remembered.ts'
import type { ProbeResult, Repeated } from './result.ts'
import { divide, rootMeanSquare } from './scale.ts'
import { checkDataset } from '../batches/check-dataset.ts'
import { labelsOf, pickLabels, type Dataset } from '../data/dataset.ts'
import { placeOf } from '../session/options.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { Values } from '../values/value-store.ts'

export { DEFAULT_PROBE_EPOCHS, FEW_LABEL_EPOCHS, type ProbeOptions } from './probe-options.ts'
export type { ProbeResult, Repeated } from './result.ts'

/** Probes of raw pixels; they need no encoder. */
export const probePixels = async (given: ProbeOptions): Promise<ProbeResult> => {
  const options = checkProbeOptions('probePixels', given)
  const probe = findProbe(options.bundle, 'pixels')
  const known = await pixelFeatures(options.train)
  const taught = await teachOnCrops(undefined, [probe], new Map([[probe.name, known]]), cropping(options))
  return probeOnce(probe, [known, await pixelFeatures(options.test)], options, taught.get(probe.name))
}

/**
 * Probes of a frozen encoder: nearest neighbours on its features as they are, linear classifiers on features
 * scaled by one number to a root mean square of 1. The last epoch counts, never the best on the test images.
 *
 * @param values the encoder's parameters
 */
export async function probeEncoder(values: Values, given: ProbeOptions): Promise<ProbeResult[]> {
  const options = checkProbeOptions('probeEncoder', given)
  checkedArgument('probeEncoder', 'values', kind.values, values)
  const { bundle, train, test } = options
  for (const images of [train, test]) labelsOf(images, 'a probe')
  checkDataset(train, bundle.manifest)
  checkDataset(test, bundle.manifest)
  const names =
    options.probes ??
    ['average', 'spatial'].filter((name) => bundle.manifest.probes.some((probe) => probe.name === name))
  const probes = names.map((name) => findProbe(bundle, name))
  const session = placeOf(options)
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
    results.push(await probeOnce(probe, [train, test], options, taught.get(probe.name)))
  }
  return results
}

const cropping = ({ epochs = DEFAULT_PROBE_EPOCHS, seed = 0, ...rest }: ProbeOptions) => ({
  ...rest,
  epochs,
  seed,
})

/**
 * @param found the encoder's features by their probe, of images to learn from and of others; they are changed
 * @param taught the linear classifier on all labels, where it is taught already
 */
async function probeOnce(
  probe: Probe,
  [known, asked]: readonly [Features, Features],
  options: ProbeOptions,
  taught: Taught | undefined,
): Promise<ProbeResult> {
  await options.onProbe?.(probe.name)
  const find = () => probeFeatures(probe, known, asked, options, taught)
  if (options.remember !== true || taught) return find()
  return remembered(probe, [known, asked], options, find)
}

/**
 * Changes the features that it is given: they are scaled in place.
 *
 * @param taught the linear classifier on all labels, where it is taught already
 */
async function probeFeatures(
  probe: Probe,
  known: Features,
  asked: Features,
  options: ProbeOptions,
  taught: Taught | undefined,
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
  } = options
  const session = placeOf(options)
  const labels = labelsOf(train, 'a probe')
  const folds = options.folds === true ? foldsOf(train) : undefined
  // The labels first: too few of them are told before minutes of work, not after.
  const few = Array.from({ length: repeats }, (_, draw) => selectPerClass(train, labelsPerClass, seed, draw))
  const [all, wanted] = [
    { features: known, labels },
    { features: asked, labels: labelsOf(test, 'a probe') },
  ]
  const products = await openProducts(bundle, probe, session)
  const knn = await nearestNeighbours(all, wanted, k, products)
  await products.release()
  const unit = rootMeanSquare(known)
  for (const features of [known, asked]) divide(features, unit)
  const fit = (labelled: Labelled, epochs: number) =>
    linearProbe(labelled, wanted, { bundle, probe, epochs, seed, ...session })
  const {
    accuracy: linear,
    confusion,
    course,
  } = taught
    ? {
        ...(await judgeClassifier(taught.values, wanted, { bundle, probe, ...session })),
        course: taught.course,
      }
    : await fit(all, epochs)
  const repeated = async (choices: readonly Uint32Array[]): Promise<Repeated> => {
    const values: number[] = []
    for (const rows of choices) {
      const part = { features: selectRows(known, rows), labels: pickLabels(labels, rows) }
      values.push((await fit(part, FEW_LABEL_EPOCHS * epochs)).accuracy)
    }
    return { mean: values.reduce((sum, value) => sum + value, 0) / values.length, values }
  }
  const fewLabels = await repeated(few)
  const found = { probe: probe.name, dimension: known.dimension, knn, linear, course, confusion, fewLabels }
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

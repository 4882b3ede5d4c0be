import { compileCrops, type Bundle, type Program } from '../src/index.ts'
import { compileAlignment } from '../src/compile-gradients.ts'
import { present } from '../src/base/lists.ts'
import { measureAlignment } from '../runtime/align/measure.ts'
import { subset, type Dataset } from '../runtime/data/dataset.ts'
import { selectPerClass } from '../runtime/data/split.ts'
import { probeEncoder, probePixels, type ProbeOptions, type ProbeResult } from '../runtime/probe/probe.ts'
import { initialValues } from '../runtime/values/start.ts'
import type { Values } from '../runtime/values/value-store.ts'
import type { Accuracy, Cosines, Settings } from './results.ts'

/** What everything is measured on, and how. */
export interface Measuring {
  readonly train: Dataset
  readonly test: Dataset
  readonly settings: Settings
  readonly threads: number | undefined
}

const optionsFor = (bundle: Bundle, seed: number, { train, test, settings, threads }: Measuring) =>
  ({
    ...{ bundle, train, test, seed, threads },
    ...{ k: settings.neighbours, repeats: 0, probes: ['spatial'] },
  }) satisfies ProbeOptions

const onCrops = (bundle: Bundle, seed: number, measuring: Measuring): ProbeOptions => ({
  ...optionsFor(bundle, seed, measuring),
  epochs: measuring.settings.probeEpochs,
  crops: compileCrops(bundle, { scale: [measuring.settings.area, 1] }),
})

const accuracy = ({ knn, linear }: ProbeResult): Accuracy => ({ knn, linear })

/** By the paper's protocol: all training images, in other crops in every epoch. */
export async function probeByProtocol(
  bundle: Bundle,
  values: Values,
  seed: number,
  measuring: Measuring,
): Promise<Accuracy> {
  const [found] = await probeEncoder(values, onCrops(bundle, seed, measuring))
  return accuracy(present(found, 'what the probe found'))
}

/** The same of raw pixels. */
export const probePixelsByProtocol = async (
  bundle: Bundle,
  seed: number,
  measuring: Measuring,
): Promise<Accuracy> => accuracy(await probePixels(onCrops(bundle, seed, measuring)))

/** A small probe, for many checkpoints: some images of each class, as they are. */
export async function probeShortly(
  bundle: Bundle,
  values: Values,
  seed: number,
  measuring: Measuring,
): Promise<Accuracy> {
  const { train, settings } = measuring
  const [found] = await probeEncoder(values, {
    ...optionsFor(bundle, seed, measuring),
    train: subset(train, selectPerClass(train, settings.perClass, 0)),
    epochs: settings.shortEpochs,
  })
  return accuracy(present(found, 'what the probe found'))
}

/** How local updates agree with the same rule's loss backpropagated from the top, at some values. */
export async function cosinesOf(
  program: Program,
  values: Values,
  seed: number,
  { train, settings, threads }: Measuring,
): Promise<Cosines> {
  const bundle = compileAlignment(program)
  const all = new Map([...initialValues(bundle.manifest.alignment, seed), ...values])
  const options = { bundle, dataset: train, values: all, seed, batches: settings.batches, threads }
  const found = present(await measureAlignment(options), 'alignment')
  return {
    layers: found.layers.map(({ layer, cosine }) => ({ layer, cosine: cosine.mean })),
    mean: (found.meanOfOthers ?? found.mean).cosine.mean,
  }
}

import { batchIndices } from '../batches/epoch.ts'
import { Stepper } from '../train/stepper.ts'
import { pickLabels } from '../data/dataset.ts'
import { selectRows, type Features } from './features.ts'
import { featureTensor, Teaching } from './teaching.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { SessionOptions } from '../session/provider.ts'
import type { Values } from '../values/value-store.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'

export type Probe = Manifest['probes'][number]

/** Features of images with their classes. */
export interface Labelled {
  readonly features: Features
  readonly labels: Uint32Array
}

export interface LinearOptions extends SessionOptions {
  readonly bundle: Bundle
  readonly probe: Probe
  readonly epochs: number
  readonly seed: number
}

/**
 * Trains the probe's linear classifier on frozen features and returns its accuracy on the test images after the
 * last epoch, whatever it was in between. Fewer training images than a batch are repeated to fill it.
 */
export async function linearProbe(
  train: Labelled,
  test: Labelled,
  { bundle, probe, epochs, seed, ...session }: LinearOptions,
): Promise<number> {
  const { batch } = probe.train
  const copies = Math.max(1, Math.ceil(batch / train.features.count))
  const total = train.features.count * copies
  const steps = epochs * Math.floor(total / batch)
  const teaching = await Teaching.create({ bundle, probe, seed, steps, ...session })
  for (let step = 0; step < steps; step++) {
    const indices = batchIndices(total, batch, seed, step).map((index) => index % train.features.count)
    await teaching.step(selectRows(train.features, indices), pickLabels(train.labels, indices))
  }
  const accuracy = await judgeClassifier(teaching.values(), test, { bundle, probe, ...session })
  await teaching.release()
  return accuracy
}

/** The accuracy of a probe's classifier, as it was taught, on some features. */
export async function judgeClassifier(
  values: Values,
  test: Labelled,
  { bundle, probe, ...session }: Omit<LinearOptions, 'epochs' | 'seed'>,
): Promise<number> {
  const classifier = await Stepper.create(bundle, probe.classify, values, session)
  const right = await countRight(classifier, probe.classify.batch, test)
  await classifier.release()
  return right / test.features.count
}

async function countRight(
  classifier: Stepper,
  batch: number,
  { features, labels }: Labelled,
): Promise<number> {
  let right = 0
  for (let start = 0; start < features.count; start += batch) {
    const rows = Math.min(batch, features.count - start)
    const indices = Uint32Array.from({ length: batch }, (_, row) => start + Math.min(row, rows - 1))
    const [result] = await classifier.run([{ features: featureTensor(selectRows(features, indices)) }])
    const logits = result?.outputs.logits
    const classes = logits?.shape[1] ?? 0
    for (let row = 0; row < rows; row++) {
      let best = 0
      for (let c = 1; c < classes; c++)
        if (Number(logits?.data[row * classes + c]) > Number(logits?.data[row * classes + best])) best = c
      if (best === labels[start + row]) right++
    }
  }
  return right
}

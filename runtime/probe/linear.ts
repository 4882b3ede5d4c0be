import { batchIndices } from '../batches/epoch.ts'
import { learningRate } from '../batches/rate.ts'
import { Stepper } from '../train/stepper.ts'
import { counters, inputsByRole } from '../batches/batch-inputs.ts'
import { labelTensor } from '../batches/rows.ts'
import { pickLabels } from '../data/dataset.ts'
import { initialValues } from '../values/start.ts'
import { selectRows, type Features } from './features.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { SessionOptions } from '../session/provider.ts'
import type { HostTensor } from '../values/tensor.ts'
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

const tensor = ({ count, dimension, values }: Features): HostTensor => ({
  type: 'float32',
  shape: [count, dimension],
  data: values,
})

/**
 * Trains the probe's linear classifier on frozen features and returns its accuracy on the test images after the
 * last epoch, whatever it was in between. Fewer training images than a batch are repeated to fill it.
 */
export async function linearProbe(
  train: Labelled,
  test: Labelled,
  { bundle, probe, epochs, seed, ...session }: LinearOptions,
): Promise<number> {
  const section = probe.train
  const stepper = await Stepper.create(bundle, section, initialValues(section, seed), session)
  const { batch, rate } = section
  if (!rate) throw new Error('a probe needs a learning rate')
  const copies = Math.max(1, Math.ceil(batch / train.features.count))
  const total = train.features.count * copies
  const steps = epochs * Math.floor(total / batch)
  for (let step = 0; step < steps; step++) {
    const indices = batchIndices(total, batch, seed, step).map((index) => index % train.features.count)
    const labels = pickLabels(train.labels, indices)
    const features = tensor(selectRows(train.features, indices))
    const byRole = {
      features,
      labels: labelTensor(labels),
      ...counters(step, learningRate(rate, step, steps)),
    }
    await stepper.run([inputsByRole(section, byRole)])
  }
  const classifier = await Stepper.create(bundle, probe.classify, stepper.values(), session)
  const right = await countRight(classifier, probe.classify.batch, test)
  await stepper.release()
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
    const [result] = await classifier.run([{ features: tensor(selectRows(features, indices)) }])
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

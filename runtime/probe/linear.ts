import { at, present } from '../../src/base/lists.ts'
import { batchIndices } from '../batches/epoch.ts'
import { learningRate } from '../batches/rate.ts'
import { Stepper } from '../train/stepper.ts'
import { counters, inputsByRole } from '../batches/batch-inputs.ts'
import { labelTensor } from '../batches/rows.ts'
import { pickLabels } from '../data/dataset.ts'
import { Judge, type Figures } from '../evaluate/judged.ts'
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
 * Trains the probe's linear classifier on frozen features and judges it on the test images after the last epoch,
 * whatever it was in between. Fewer training images than a batch are repeated to fill it.
 */
export async function linearProbe(
  train: Labelled,
  test: Labelled,
  { bundle, probe, epochs, seed, ...session }: LinearOptions,
): Promise<Figures> {
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
  const figures = await judge(classifier, probe.classify.batch, test)
  await stepper.release()
  await classifier.release()
  return figures
}

async function judge(classifier: Stepper, batch: number, { features, labels }: Labelled): Promise<Figures> {
  let judged: Judge | undefined
  for (let start = 0; start < features.count; start += batch) {
    const rows = Math.min(batch, features.count - start)
    const indices = Uint32Array.from({ length: batch }, (_, row) => start + Math.min(row, rows - 1))
    const [result] = await classifier.run([{ features: tensor(selectRows(features, indices)) }])
    const logits = result?.outputs.logits
    if (!(logits?.data instanceof Float32Array)) throw new Error('no logits')
    const classes = at(logits.shape, 1)
    judged ??= new Judge(classes)
    for (let row = 0; row < rows; row++)
      judged.add(logits.data.subarray(row * classes, (row + 1) * classes), at(labels, start + row))
  }
  return present(judged, 'what the classifier answers').figures()
}

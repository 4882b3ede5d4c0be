import { at, present } from '../../src/base/lists.ts'
import { batchIndices } from '../batches/epoch.ts'
import { Stepper } from '../train/stepper.ts'
import { pickLabels } from '../data/dataset.ts'
import { Judge, type Figures } from '../evaluate/judged.ts'
import { selectRows, type Features } from './features.ts'
import { featureTensor, Teaching, type Course, type TeachingOptions } from './teaching.ts'
import type { Values } from '../values/value-store.ts'

/** Features of images with their classes. */
export interface Labelled {
  readonly features: Features
  readonly labels: Uint32Array
}

export interface LinearOptions extends Omit<TeachingOptions, 'steps'> {
  readonly epochs: number
}

/**
 * Trains the probe's linear classifier on frozen features and judges it on the test images after the last epoch,
 * whatever it was in between. Fewer training images than a batch are repeated to fill it.
 */
export async function linearProbe(
  train: Labelled,
  test: Labelled,
  { bundle, probe, epochs, seed, ...session }: LinearOptions,
): Promise<Figures & { readonly course: Course }> {
  const { batch } = probe.train
  const copies = Math.max(1, Math.ceil(batch / train.features.count))
  const total = train.features.count * copies
  const steps = epochs * Math.floor(total / batch)
  const teaching = await Teaching.create({ bundle, probe, seed, steps, ...session })
  for (let step = 0; step < steps; step++) {
    const indices = batchIndices(total, batch, seed, step).map((index) => index % train.features.count)
    await teaching.step(selectRows(train.features, indices), pickLabels(train.labels, indices))
  }
  const figures = await judgeClassifier(teaching.values(), test, { bundle, probe, ...session })
  const course = teaching.course()
  await teaching.release()
  return { ...figures, course }
}

/** Judges a probe's classifier, as it was taught, on some features. */
export async function judgeClassifier(
  values: Values,
  test: Labelled,
  { bundle, probe, ...session }: Omit<LinearOptions, 'epochs' | 'seed'>,
): Promise<Figures> {
  const classifier = await Stepper.open(bundle, probe.classify, values, session)
  const figures = await judge(classifier, probe.classify.batch, test)
  await classifier.release()
  return figures
}

async function judge(classifier: Stepper, batch: number, { features, labels }: Labelled): Promise<Figures> {
  let judged: Judge | undefined
  for (let start = 0; start < features.count; start += batch) {
    const rows = Math.min(batch, features.count - start)
    const indices = Uint32Array.from({ length: batch }, (_, row) => start + Math.min(row, rows - 1))
    const [result] = await classifier.run([{ features: featureTensor(selectRows(features, indices)) }])
    const logits = result?.outputs.logits
    if (!(logits?.data instanceof Float32Array)) throw new Error('no logits')
    const classes = at(logits.shape, 1)
    judged ??= new Judge(classes)
    for (let row = 0; row < rows; row++)
      judged.add(logits.data.subarray(row * classes, (row + 1) * classes), at(labels, start + row))
  }
  return present(judged, 'what the classifier answers').figures()
}

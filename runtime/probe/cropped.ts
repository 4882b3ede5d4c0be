import { found, present } from '../../src/base/lists.ts'
import { batchesPerEpoch, batchIndices } from '../batches/epoch.ts'
import { drawTensor } from '../batches/draws.ts'
import { gatherRows } from '../batches/rows.ts'
import { labelsOf, pickLabels, type Dataset } from '../data/dataset.ts'
import { Stepper } from '../train/stepper.ts'
import { Gathered } from './gathered.ts'
import { rootMeanSquare } from './scale.ts'
import { Teaching, type Course, type Probe } from './teaching.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { Section } from '../../src/bundle/schema/section.ts'
import type { GraphStore } from '../train/stages.ts'
import { placeOf, type SessionOptions } from '../session/options.ts'
import type { HostTensor } from '../values/tensor.ts'
import type { Values } from '../values/value-store.ts'
import type { Features } from './features.ts'

/** What `compileCrops` makes: other crops of the same images each time. */
export interface Crops extends GraphStore {
  readonly manifest: GraphStore['manifest'] & { readonly augment: Section }
}

/** A classifier, and how it was taught. */
export interface Taught {
  readonly values: Values
  readonly course: Course
}

export interface CroppedOptions extends SessionOptions {
  readonly bundle: Bundle
  /** Left out: no classifier is taught. */
  readonly crops?: Crops | undefined
  readonly train: Dataset
  readonly epochs: number
  readonly seed: number
}

/**
 * Teaches probes' linear classifiers on crops of the images that are other ones in every epoch. The images go through the
 * encoder each time, once for all probes, and nothing of their features is kept.
 *
 * @param values the encoder's parameters; undefined: probes of raw pixels
 * @param known the images' features as they are, by probe: their root mean square divides those of the crops
 * @returns the classifiers, by the names of the probes
 */
export async function teachOnCrops(
  values: Values | undefined,
  probes: readonly Probe[],
  known: ReadonlyMap<string, Features>,
  options: CroppedOptions,
): Promise<Map<string, Taught>> {
  const { bundle, crops, train, epochs, seed } = options
  if (!crops) return new Map()
  const session = placeOf(options)
  const copies = Math.max(1, Math.ceil(bundle.manifest.encode.batch / train.count))
  const batches = epochs * batchesPerEpoch(copies * train.count, bundle.manifest.encode.batch)
  const images = batches * bundle.manifest.encode.batch
  const taught: { readonly gathered: Gathered; readonly teaching: Teaching; readonly probe: Probe }[] = []
  const encoder = values && (await Stepper.open(bundle, bundle.manifest.encode, values, session))
  try {
    for (const probe of probes) {
      const unit = rootMeanSquare(found(known, probe.name, `features of probe ${probe.name}`))
      const steps = Math.floor(images / probe.train.batch)
      const teaching = await Teaching.create({ bundle, probe, seed, steps, ...session })
      taught.push({ gathered: new Gathered(probe, unit), teaching, probe })
    }
    for await (const { cropped, labels } of croppedBatches({ ...options, crops }, copies, batches)) {
      const [encoded] = encoder ? await encoder.run([{ images: cropped }]) : []
      for (const { gathered, teaching } of taught)
        await gathered.add(encoded?.outputs, cropped, labels, (features, known) =>
          teaching.step(features, known),
        )
    }
    return new Map(
      taught.map(({ probe, teaching }) => [
        probe.name,
        { values: copied(teaching.values()), course: teaching.course() },
      ]),
    )
  } finally {
    for (const { teaching } of taught) await teaching.release()
    await encoder?.release()
  }
}

const copied = (values: Values): Values =>
  new Map([...values].map(([name, { type, shape, data }]) => [name, { type, shape, data: data.slice() }]))

/** All images, epoch by epoch, each in another order and cropped anew: as they are stored, and their labels. */
async function* croppedBatches(
  { crops, train, seed, ...options }: CroppedOptions & { readonly crops: Crops },
  copies: number,
  batches: number,
): AsyncGenerator<{ readonly cropped: HostTensor; readonly labels: Uint32Array }, void> {
  const { augment } = crops.manifest
  const known = labelsOf(train, 'a probe')
  const stepper = await Stepper.open(crops, augment, new Map(), placeOf(options))
  try {
    for (let batch = 0; batch < batches; batch++) {
      const indices = batchIndices(copies * train.count, augment.batch, seed, batch).map(
        (index) => index % train.count,
      )
      const draws = augment.draws.map((draw) => [draw.name, drawTensor(draw, seed, batch)] as const)
      const images = await gatherRows(train, indices)
      const [result] = await stepper.run([{ images, ...Object.fromEntries(draws) }])
      const cropped = present(result?.outputs.views, 'what the crops are')
      yield { cropped: asStored(cropped, train.type), labels: pickLabels(known, indices) }
    }
  } finally {
    await stepper.release()
  }
}

/** Pixels in 0..1 back to bytes, as torchvision's crops of pictures are; numbers as they are. */
function asStored({ shape, data }: HostTensor, type: Dataset['type']): HostTensor {
  if (!(data instanceof Float32Array)) throw new Error('crops are not of type float32')
  if (type === 'float32') return { type, shape, data }
  return { type, shape, data: Uint8Array.from(data, (value) => Math.round(255 * value)) }
}

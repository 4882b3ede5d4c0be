import { UserError } from '../../src/base/error.ts'
import { stream } from '../values/random.ts'
import type { Dataset } from '../data/labelled-images.ts'

interface Epoch {
  readonly count: number
  readonly seed: number
  readonly epoch: number
  readonly order: Uint32Array
}
/** The steps of an epoch mostly follow each other, so its order is kept until another is asked for. */
let lastEpoch: Epoch | undefined

const epochOrder = (count: number, seed: number, epoch: number): Uint32Array => {
  if (lastEpoch?.count === count && lastEpoch.seed === seed && lastEpoch.epoch === epoch) {
    return lastEpoch.order
  }
  const order = stream(seed, 'batches', epoch).shuffle(
    Uint32Array.from({ length: count }, (_, index) => index),
  )
  lastEpoch = { count, seed, epoch, order }
  return order
}

/** Whole batches in an epoch; an incomplete last one is left out. Throws a UserError if there is none. */
export const batchesPerEpoch = (count: number, batch: number): number => {
  if (count >= batch) return Math.floor(count / batch)
  throw new UserError('DataError', `${count} images do not fill one batch of ${batch}`, {
    help: 'Use more images, or compile the program with a smaller batch.',
  })
}

/**
 * The images of a step (from 0): every epoch takes all `count` in another random order, batch by batch. It
 * depends on the arguments alone, so a resumed run sees the same batches. Throws a UserError where the
 * images do not fill one batch.
 */
export const batchIndices = (count: number, batch: number, seed: number, step: number): Uint32Array => {
  const perEpoch = batchesPerEpoch(count, batch)
  const start = (step % perEpoch) * batch
  return epochOrder(count, seed, Math.floor(step / perEpoch)).slice(start, start + batch)
}

const requireInside = (index: number, count: number): void => {
  if (index >= count) throw new RangeError(`image ${index} of ${count}`)
}

/** Raw bytes [indices, channels, height, width]. */
export const gatherImages = (dataset: Dataset, indices: Uint32Array): Uint8Array => {
  const { images, count, channels, height, width } = dataset
  const size = channels * height * width
  const gathered = new Uint8Array(indices.length * size)
  indices.forEach((index, row) => {
    requireInside(index, count)
    gathered.set(images.subarray(index * size, (index + 1) * size), row * size)
  })
  return gathered
}

/** One byte an image, [indices]. */
export const gatherLabels = ({ labels, count }: Dataset, indices: Uint32Array): Uint8Array =>
  Uint8Array.from(indices, (index) => {
    requireInside(index, count)
    return labels[index] ?? 0
  })

/** Some images as a data set of their own, in the order of the indices. */
export const subset = (dataset: Dataset, indices: Uint32Array): Dataset => ({
  ...dataset,
  images: gatherImages(dataset, indices),
  labels: gatherLabels(dataset, indices),
  count: indices.length,
})

import { UserError } from '../../src/base/error.ts'
import { stream } from '../values/random.ts'

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

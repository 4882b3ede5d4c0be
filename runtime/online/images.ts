import { UserError } from '../../src/base/error.ts'
import { subset, type Dataset } from '../data/dataset.ts'
import { stream } from '../values/random.ts'

/** Images that probes use while a network is trained: the same ones from the first step to the last. */
export interface ProbeImages {
  /** What classifiers learn from, and what they are judged on. */
  readonly learned: Dataset
  readonly judged: Dataset
  /** Whether the network is trained on the images that classifiers are judged on. */
  readonly from: 'training' | 'validation'
}

/**
 * How many: of fewer images than these are parts of, so many parts that a probe takes little of an epoch; and yet some
 * of a few.
 */
const most = { learned: 1000, judged: 500 }
const part = { learned: 1 / 32, judged: 1 / 48 }
const least = { learned: 100, judged: 50 }

const wanted = (of: 'learned' | 'judged', count: number): number =>
  Math.min(most[of], Math.max(least[of], Math.round(part[of] * count)))

/** How many images losses are means over, at most, where there are so many in all. */
export const measuredOf = (count: number): number =>
  Math.min(most.judged, Math.max(least.judged, Math.round(count / 40)))

/**
 * Draws them by the seed of the run: what is learned from of the images that are trained on, and what is judged on of
 * those that were set aside, or else of the rest.
 *
 * @throws UserError ('DataError') where there are not two images
 */
export function probeImages(training: Dataset, aside: Dataset | undefined, seed: number): ProbeImages {
  const count = training.count + (aside ? aside.count : 0)
  const order = shuffled(training.count, seed, 'probe images')
  if (aside) {
    const judged = shuffled(aside.count, seed, 'judged images')
    return {
      learned: some(training, order.subarray(0, wanted('learned', count))),
      judged: some(aside, judged.subarray(0, wanted('judged', count))),
      from: 'validation',
    }
  }
  if (count < 2)
    throw new UserError('DataError', `${training.name} has ${count} images, too few to probe`, {
      help: 'Leave --probe-every out, or use more images.',
    })
  // Of few, a third is judged on.
  const judged = Math.min(wanted('judged', count), Math.max(1, Math.floor(count / 3)))
  return {
    judged: some(training, order.subarray(0, judged)),
    learned: some(training, order.subarray(judged, judged + wanted('learned', count))),
    from: 'training',
  }
}

const shuffled = (count: number, seed: number, purpose: string): Uint32Array =>
  stream(seed, purpose).shuffle(Uint32Array.from({ length: count }, (_, index) => index))

/** In the order in which they are stored, in which they are read sooner. */
const some = (of: Dataset, indices: Uint32Array): Dataset => subset(of, indices.slice().sort())

import { UserError } from '../../src/base/error.ts'
import { subset, type Dataset } from '../data/dataset.ts'
import { stream } from '../values/random.ts'

/** Images that probes use while a network is trained: the same ones from the first step to the last. */
export interface ProbeImages {
  /** What classifiers learn from, and what they are judged on. */
  readonly learned: Dataset
  readonly judged: Dataset
  /** Whether the network is trained on the images that classifiers are judged on, or they are of another, labelled split. */
  readonly from: 'training' | 'validation' | 'labelled'
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

/** Where they are drawn from. */
export interface ProbedImages {
  readonly training: Dataset
  readonly aside: Dataset | undefined
  /** Of another split, where these have no labels. */
  readonly labelled: Dataset | undefined
}

/**
 * Draws them by the seed of the run: what is learned from of the images that are trained on, and what is judged on of
 * those that were set aside, or else of the rest. Of images without labels, both are of others that have some.
 *
 * @throws UserError ('DataError') where there are not two images
 */
export function probeImages({ training, aside, labelled }: ProbedImages, seed: number): ProbeImages {
  const count = training.count + (aside ? aside.count : 0)
  if (labelled) return { ...twoParts(labelled, count, seed), from: 'labelled' }
  if (!aside) return { ...twoParts(training, count, seed), from: 'training' }
  const order = shuffled(training.count, seed, 'probe images')
  const judged = shuffled(aside.count, seed, 'judged images')
  return {
    learned: some(training, order.subarray(0, wanted('learned', count))),
    judged: some(aside, judged.subarray(0, wanted('judged', count))),
    from: 'validation',
  }
}

/** @param trained how many images there are to train on, of which probes take little of an epoch's time */
function twoParts(images: Dataset, trained: number, seed: number): Pick<ProbeImages, 'learned' | 'judged'> {
  const { count, name } = images
  if (count < 2)
    throw new UserError('DataError', `${name} has ${count} images, too few to probe`, {
      help: 'Leave --probe-every out, or use more images.',
    })
  const order = shuffled(count, seed, 'probe images')
  // Of few, a third is judged on.
  const judged = Math.min(wanted('judged', trained), Math.max(1, Math.floor(count / 3)))
  return {
    judged: some(images, order.subarray(0, judged)),
    learned: some(images, order.subarray(judged, judged + wanted('learned', trained))),
  }
}

const shuffled = (count: number, seed: number, purpose: string): Uint32Array =>
  stream(seed, purpose).shuffle(Uint32Array.from({ length: count }, (_, index) => index))

/** In the order in which they are stored, in which they are read sooner. */
const some = (of: Dataset, indices: Uint32Array): Dataset => subset(of, indices.slice().sort())

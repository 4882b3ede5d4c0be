import { UserError } from '../../src/base/error.ts'
import { stream } from '../values/random.ts'
import type { Stream } from '../values/random.ts'
import { classesOf, labelsOf, type Dataset } from './dataset.ts'

type Labelled = Pick<Dataset, 'name' | 'labels'>

/** The indices of every class that occurs, in a random order. */
const shuffledClasses = (labels: Uint32Array, random: Stream): [label: number, Uint32Array][] => {
  const members = Array.from({ length: classesOf([labels]) }, (): number[] => [])
  labels.forEach((label, index) => members[label]?.push(index))
  return members
    .map((indices, label): [number, Uint32Array] => [label, random.shuffle(Uint32Array.from(indices))])
    .filter(([, indices]) => indices.length > 0)
}

const inOrder = (parts: readonly Uint32Array[]): Uint32Array =>
  Uint32Array.from(parts.flatMap((part) => [...part])).sort()

/**
 * `perClass` images of every class that occurs, drawn at random without replacement: their indices, rising.
 * Another `draw` is another choice. Throws a UserError of kind DataError where a class has too few.
 */
export const selectPerClass = (dataset: Labelled, perClass: number, seed: number, draw = 0): Uint32Array => {
  const labels = labelsOf(dataset, 'a choice of images by class')
  const chosen = shuffledClasses(labels, stream(seed, 'labels per class', draw)).map(([label, indices]) => {
    if (indices.length >= perClass) return indices.subarray(0, perClass)
    throw new UserError('DataError', `class ${label} has ${indices.length} images, fewer than ${perClass}`, {
      help: `Ask for at most ${indices.length} labels a class.`,
    })
  })
  return inOrder(chosen)
}

export interface ValidationSplit {
  readonly train: Uint32Array
  readonly validation: Uint32Array
}

/**
 * Sets a fraction of each class, or of all images where there are no labels, aside, drawn at random, at least one image and never all; a class of one
 * image stays in training. Both lists of indices rise. Throws a UserError of kind DataError for a fraction
 * that is not between 0 and 1, or if nothing would be set aside.
 */
export const splitValidation = (
  { labels, count }: Pick<Dataset, 'labels' | 'count'>,
  fraction: number,
  seed: number,
): ValidationSplit => {
  if (!(fraction > 0 && fraction < 1)) {
    throw new UserError('DataError', `a validation fraction of ${fraction} is not between 0 and 1`, {
      help: 'Give a fraction such as 0.1.',
    })
  }
  const parts = shuffledClasses(labels ?? new Uint32Array(count), stream(seed, 'validation')).map(
    ([, indices]) => {
      const aside = Math.min(indices.length - 1, Math.max(1, Math.round(fraction * indices.length)))
      return { train: indices.subarray(aside), validation: indices.subarray(0, aside) }
    },
  )
  const validation = inOrder(parts.map((part) => part.validation))
  if (validation.length === 0) {
    throw new UserError('DataError', 'too few images to set any aside for validation', {
      help: 'Use more images, or no validation split.',
    })
  }
  return { train: inOrder(parts.map((part) => part.train)), validation }
}

import { divideImages, type DividedImages } from '../../runtime/train/set-aside.ts'
import type { Trained } from '../../runtime/files/trained.ts'
import type { Dataset } from '../../runtime/data/dataset.ts'

/**
 * The training images of a run as it divided them; undefined where it set none aside, or of others.
 *
 * @param images the fingerprint of the images
 */
export function asDivided(
  { trainedOn, seed }: Trained,
  train: Dataset,
  images: string,
): DividedImages | undefined {
  if (trainedOn?.validation === undefined || trainedOn.split !== 'train' || trainedOn.images !== images)
    return undefined
  return divideImages(train, { validation: trainedOn.validation, seed })
}

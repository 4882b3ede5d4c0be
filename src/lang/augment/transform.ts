import { range as counting } from '../../ops/leaf.ts'
import { nothingMore, options, type Checks } from '../check.ts'
import { callback, label, shaped } from '../kinds.ts'
import { Tensor } from '../tensor.ts'

/** Uniform numbers that the runtime draws for a transform: [rows], or [rows, …size]. */
export type DrawPerRow = (what: string, ...size: number[]) => Tensor

/** What a transform may know beside the rows themselves. */
export interface AugmentScope {
  /** Names of the views; rows are all images in the first view, then all in the second, … */
  readonly views: readonly string[]
  /** Images in a batch. */
  readonly images: number
  /** Number of classes. */
  readonly classes: number
  /** Classes of the images, int64 [images]. */
  readonly labels: Tensor
}

/**
 * Augmentation as a graph: each transform maps images in 0..1, float32 [rows, channels, height, width], and
 * reads uniform numbers that the runtime draws. The order of the transforms is the order in which they act.
 */
export interface Transform {
  /** What it is called in graphs and in names of its draws. */
  readonly name: string
  /** Images in 0..1, float32 [rows, channels, height, width], to images of the same shape. */
  readonly apply: (images: Tensor, draw: DrawPerRow, scope: AugmentScope) => Tensor
  /** What it does to images whose features are read, for probes; left out: nothing. */
  readonly encode?: (images: Tensor, scope: Pick<AugmentScope, 'classes'>) => Tensor
}

const checks: Checks<Transform> = {
  name: label(),
  apply: callback<Transform['apply']>(
    "a function of the images: (images, draw) => images.mul(draw('scale'))",
  ),
  encode: callback<NonNullable<Transform['encode']>>('a function of the images').optional(),
}

/** What `augment` lists. */
export const aTransform = shaped<Transform>(
  'a transform, such as colourJitter(); simclr() is a whole list',
  checks,
)

/**
 * Makes a transform, a step of the augmentation:
 *
 *     transform({ name: 'dim', apply: (images, draw) => images.mul(draw('light').reshape(-1, 1, 1, 1)) })
 *
 * `apply` takes images in 0..1, float32 [rows, channels, height, width], to images of the same shape. `draw('what')` is
 * one uniform number in [0, 1) a row, [rows]; `draw('what', 3, 3)` is [rows, 3, 3]; each is drawn anew each step.
 *
 * @throws UserError ('ProgramError') where a part is missing, misspelt or not what it may be.
 */
export const transform = (given: Transform, ...extra: readonly undefined[]): Transform => {
  nothingMore('transform', extra)
  return options('transform', checks, given)
}

export type Range = readonly [number, number]

export const between = (uniform: Tensor, [low, high]: Range): Tensor => uniform.mul(high - low).add(low)
export const perRow = (values: Tensor): Tensor => values.reshape(values.size(0), 1, 1, 1)
/**
 * The changed pixels in the rows that are chosen, bool [rows], and those that were in the others: exactly they, as all
 * are finite. Sums of products take two thirds of the time of Where.
 */
export function choose(chosen: Tensor, changed: Tensor, images: Tensor): Tensor {
  const share = perRow(chosen.cast(images.dtype))
  return changed.mul(share).add(images.mul(share.neg().add(1)))
}
/** Pixel centres along an axis, 0 … size - 1, as float32 [size]. */
export const pixels = (size: number): Tensor => new Tensor(counting('float32', size))

import {
  global,
  local,
  program,
  simclr,
  type Credit,
  type ImageInput,
  type Layer,
  type Optimizer,
  type Program,
} from 'hebb'
import { clapp, clappBoth, clappDirectFeedback, clappPlusPlus, infoNCE } from 'hebb/rules'

/**
 * The six programs that the paper compares on each data set (arXiv 2601.21683, section "Experiments"), given what is
 * particular to the data set. Batches of 32 images in two views; SimCLR's augmentation; probes read every layer
 * over the tiles that CLAPP++ scores.
 */
export interface DataSet {
  /** Name of the data set, for the names of the programs. */
  readonly name: string
  readonly input: ImageInput
  /** Areas of the random crops, as fractions of the image. */
  readonly scale?: readonly [number, number]
  readonly encoder: readonly Layer[]
  /** Side of the tiles over which each layer's activity is averaged before the score, and by the probes. */
  readonly pools: readonly number[]
  readonly optimizer: Optimizer
}

/** Of programs that can be made smaller. */
export interface SizeOptions {
  /** Side of the images, in pixels. */
  readonly size?: number
  /** What all channels are multiplied by. */
  readonly width?: number
}

export interface Variants {
  readonly withoutSpatial: Program
  readonly plusPlus: Program
  readonly directFeedback: Program
  readonly both: Program
  readonly backpropagation: Program
  readonly infoNce: Program
}

export function variants({ name, scale, pools, ...rest }: DataSet): Variants {
  const variant = (rule: string, learn: Credit<'a' | 'b'>): Program =>
    program({
      ...rest,
      name: `${rule} on ${name}`,
      batch: 32,
      augment: simclr(scale ? { scale } : {}),
      readout: pools,
      learn,
    })
  return {
    withoutSpatial: variant('CLAPP++ without spatial dependence', local(clapp())),
    plusPlus: variant('CLAPP++', local(clappPlusPlus(pools))),
    directFeedback: variant('CLAPP++DFB', local(clappDirectFeedback(pools))),
    both: variant('CLAPP++both', local(clappBoth(pools))),
    backpropagation: variant('BP-CLAPP++', global(clapp())),
    infoNce: variant('BP-InfoNCE', global(infoNCE({ dimension: 1024, temperature: 0.1, symmetric: true }))),
  }
}

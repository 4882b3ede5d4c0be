import { type Checks, nothingMore, options as checked } from '../check.ts'
import { range } from '../kinds.ts'
import { gaussianBlur } from './blur.ts'
import { randomGrey } from './colour.ts'
import { randomResizedCrop } from './crop.ts'
import { colourJitter } from './jitter.ts'
import type { Range, Transform } from './transform.ts'

export interface SimclrOptions {
  /** Areas of the random crops, as fractions of the image. */
  readonly scale?: Range
}

const simclrChecks: Checks<SimclrOptions> = { scale: range(0, 1, { above: true }).optional() }

/**
 * The augmentation of SimCLR (Chen et al. 2020) with the settings of the paper (arXiv 2601.21683): random resized crop,
 * horizontal flip, colour jitter .8/.8/.8/.2 for 80 % of the rows, grey for 20 %, Gaussian blur over a tenth of the
 * side for 50 %. CIFAR-10 uses scale [0.25, 1].
 */
export function simclr(options: SimclrOptions = {}, ...extra: readonly undefined[]): Transform[] {
  nothingMore('simclr', extra)
  const { scale = [0.08, 1] } = checked('simclr', simclrChecks, options)
  return [randomResizedCrop({ scale }), colourJitter(), randomGrey(0.2), gaussianBlur({ fraction: 0.1 })]
}

import { gaussianBlur } from './blur.ts'
import { colourJitter, randomGrey } from './colour.ts'
import { randomResizedCrop } from './geometry.ts'
import type { Range, Transform } from './transform.ts'

/**
 * The augmentation of SimCLR (Chen et al. 2020) with the settings of the paper (arXiv 2601.21683): random resized crop,
 * horizontal flip, colour jitter .8/.8/.8/.2 for 80 % of the rows, grey for 20 %, Gaussian blur over a tenth of the
 * side for 50 %. CIFAR-10 uses scale [0.25, 1].
 */
export const simclr = ({ scale = [0.08, 1] as Range } = {}): Transform[] => [
  randomResizedCrop({ scale }),
  colourJitter(),
  randomGrey(0.2),
  gaussianBlur({ fraction: 0.1 }),
]

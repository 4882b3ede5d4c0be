import { conv, layer, maxPool, relu, type Layer } from 'hebb'

/**
 * The encoders of the paper (arXiv 2601.21683, section "Experiments"): 3×3 convolutions with bias, ReLU, and 2×2
 * max-pool where the table says M; no normalisation.
 */
const M = 'M'
type Row = readonly [channels: number, pool?: typeof M]

const vgg = (table: readonly Row[], width: number): Layer[] =>
  table.map(([channels, pool], i) =>
    layer(`conv${i + 1}`, conv(channels * width), relu(), ...(pool ? [maxPool(2)] : [])),
  )

/** VGG-6; `width` scales all channels. */
export const vgg6 = ({ width = 1 } = {}): Layer[] =>
  vgg([[128], [256, M], [256], [512, M], [1024, M], [1024, M]], width)

/** VGG-8, for ImageNet. */
export const vgg8 = ({ width = 1 } = {}): Layer[] =>
  vgg([[128], [256, M], [512, M], [512], [1024, M], [1024, M], [1024], [1024, M]], width)

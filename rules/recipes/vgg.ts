import { check, conv, layer, maxPool, relu, type Layer } from 'hebb'

/**
 * The encoders of the paper (arXiv 2601.21683, section "Experiments"): 3×3 convolutions with bias, ReLU, and 2×2
 * max-pool where the table says M; no normalisation.
 */
const M = 'M'
type Row = readonly [channels: number, pool?: typeof M]

function vgg(name: string, table: readonly Row[], given: { readonly width?: number }): Layer[] {
  const { width } = check.withDefaults(name, { width: 1 }, given)
  return table.map(([channels, pool], i) =>
    layer(`conv${i + 1}`, conv(channels * width), relu(), ...(pool ? [maxPool(2)] : [])),
  )
}

/** VGG-6; `width` scales all channels. */
export const vgg6 = (options: { readonly width?: number } = {}): Layer[] =>
  vgg('vgg6', [[128], [256, M], [256], [512, M], [1024, M], [1024, M]], options)

/** VGG-8, for ImageNet. */
export const vgg8 = (options: { readonly width?: number } = {}): Layer[] =>
  vgg('vgg8', [[128], [256, M], [512, M], [512], [1024, M], [1024, M], [1024], [1024, M]], options)

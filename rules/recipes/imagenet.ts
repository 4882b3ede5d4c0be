import { check, lars, rates } from 'hebb'
import { variants, type SizeOptions, type Variants } from './variants.ts'
import { vgg8 } from './vgg.ts'

/**
 * The paper's programs for ImageNet, on smaller images and with fewer channels where asked for. Three things are ours,
 * because the paper does not list them: the pools, chosen for 4,096 or 8,192 features a layer (1,024 at the top, whose
 * map of 7×7 has no tiles but the whole); the size of the batch; and the usual mean and deviation of the pixels.
 */
export function imageNet(options: SizeOptions = {}): Variants {
  const { size, width } = check.withDefaults('imageNet', { size: 224, width: 1 }, options)
  return variants({
    name: 'ImageNet',
    input: {
      channels: 3,
      size,
      classes: 1000,
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    },
    encoder: vgg8({ width }),
    pools: [8, 8, 16, 16, 16, 32, 32, 32].map((tiles) => size / tiles),
    optimizer: lars({ lr: rates.cosine(0.6, { warmup: 5 / 50 }), weightDecay: 1e-4 }),
  })
}

/** At their real size: 50 epochs, of which 5 warm up. */
export const { withoutSpatial, plusPlus, directFeedback, both, backpropagation, infoNce } = imageNet()

export default plusPlus

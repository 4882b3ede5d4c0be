import { adamw, check } from 'hebb'
import { variants, type SizeOptions, type Variants } from './variants.ts'
import { vgg6 } from './vgg.ts'

/** The paper's programs for Tiny ImageNet, on smaller images and with fewer channels where asked for. */
export function tinyImageNet(options: SizeOptions = {}): Variants {
  const { size, width } = check.withDefaults('tinyImageNet', { size: 64, width: 1 }, options)
  return variants({
    name: 'Tiny ImageNet',
    input: {
      channels: 3,
      size,
      classes: 200,
      mean: [0.4802, 0.4481, 0.3975],
      std: [0.2302, 0.2265, 0.2262],
    },
    encoder: vgg6({ width }),
    pools: [8, 8, 8, 16, 16, 32].map((tiles) => size / tiles),
    optimizer: adamw({ lr: 1e-5, weightDecay: 0 }),
  })
}

/** At their real size: 300 epochs. */
export const { withoutSpatial, plusPlus, directFeedback, both, backpropagation, infoNce } = tinyImageNet()

export default plusPlus

import { adamw, check } from 'hebb'
import { variants, type SizeOptions, type Variants } from './variants.ts'
import { vgg6 } from './vgg.ts'

/** The paper's programs for STL-10, on smaller images and with fewer channels where asked for. */
export function stl10(options: SizeOptions = {}): Variants {
  const { size, width } = check.withDefaults('stl10', { size: 96, width: 1 }, options)
  return variants({
    name: 'STL-10',
    input: {
      channels: 3,
      size,
      mean: [0.4313, 0.4156, 0.3663],
      std: [0.2683, 0.261, 0.2687],
    },
    encoder: vgg6({ width }),
    pools: [8, 8, 8, 16, 16, 32].map((tiles) => size / tiles),
    optimizer: adamw({ lr: 2e-4, weightDecay: 0 }),
  })
}

/** At their real size: 300 epochs on its 100,000 images without labels. */
export const { withoutSpatial, plusPlus, directFeedback, both, backpropagation, infoNce } = stl10()

export default plusPlus

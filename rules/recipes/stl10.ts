import { adamw } from 'hebb'
import { variants } from './variants.ts'
import { vgg6 } from './vgg.ts'

/** The paper's programs for STL-10: 300 epochs on its 100,000 images without labels. */
export const { withoutSpatial, plusPlus, directFeedback, both, backpropagation, infoNce } = variants({
  name: 'STL-10',
  input: {
    channels: 3,
    size: 96,
    mean: [0.4313, 0.4156, 0.3663],
    std: [0.2683, 0.261, 0.2687],
  },
  encoder: vgg6(),
  pools: [12, 12, 12, 6, 6, 3],
  optimizer: adamw({ lr: 2e-4, weightDecay: 0 }),
})

export default plusPlus

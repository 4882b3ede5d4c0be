import { adamw } from 'hebb'
import { variants } from './variants.ts'
import { vgg6 } from './vgg.ts'

/** The paper's programs for Tiny ImageNet: 300 epochs. */
export const { withoutSpatial, plusPlus, directFeedback, both, backpropagation, infoNce } = variants({
  name: 'Tiny ImageNet',
  input: {
    channels: 3,
    size: 64,
    classes: 200,
    mean: [0.4802, 0.4481, 0.3975],
    std: [0.2302, 0.2265, 0.2262],
  },
  encoder: vgg6(),
  pools: [8, 8, 8, 4, 4, 2],
  optimizer: adamw({ lr: 1e-5, weightDecay: 0 }),
})

export default plusPlus

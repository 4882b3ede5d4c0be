import { lars, rates } from 'hebb'
import { variants } from './variants.ts'
import { vgg8 } from './vgg.ts'

/**
 * The paper's programs for ImageNet: 50 epochs, of which 5 warm up. Three things are ours, because the paper does not
 * list them: the pools, chosen for 4,096 or 8,192 features a layer (1,024 at the top, whose map of 7×7 has no tiles
 * but the whole); the size of the batch; and the usual mean and deviation of the pixels.
 */
export const { withoutSpatial, plusPlus, directFeedback, both, backpropagation, infoNce } = variants({
  name: 'ImageNet',
  input: {
    channels: 3,
    size: 224,
    classes: 1000,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
  encoder: vgg8(),
  pools: [28, 28, 14, 14, 14, 7, 7, 7],
  optimizer: lars({ lr: rates.cosine(0.6, { warmup: 5 / 50 }), weightDecay: 1e-4 }),
})

export default plusPlus

import { cifar10 } from './cifar10-facts.ts'
import { variants } from './variants.ts'
import { vgg6 } from './vgg.ts'

/** The paper's programs for CIFAR-10 with a quarter of the channels, 32-64-64-128-256-256, for machines without a GPU. */
export const { withoutSpatial, plusPlus, directFeedback, both, backpropagation, infoNce } = variants({
  ...cifar10,
  name: 'CIFAR-10 at quarter width',
  encoder: vgg6({ width: 1 / 4 }),
})

export default plusPlus

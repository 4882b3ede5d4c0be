import { cifar10 } from './cifar10-facts.ts'
import { variants } from './variants.ts'
import { vgg6 } from './vgg.ts'

/** The paper's programs for CIFAR-10 with an eighth of the channels, 16-32-32-64-128-128, for machines without a GPU. */
export const { withoutSpatial, plusPlus, directFeedback, both, backpropagation, infoNce } = variants({
  ...cifar10,
  name: 'CIFAR-10 at eighth width',
  encoder: vgg6({ width: 1 / 8 }),
})

export default plusPlus

import { cifar10 } from './cifar10-facts.ts'
import { variants } from './variants.ts'
import { vgg6 } from './vgg.ts'

/** The paper's programs for CIFAR-10: 300 epochs. */
export const { withoutSpatial, plusPlus, directFeedback, both, backpropagation, infoNce } = variants({
  ...cifar10,
  name: 'CIFAR-10',
  encoder: vgg6(),
})

export default plusPlus

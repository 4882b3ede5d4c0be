import * as full from './cifar10.ts'
import { variantsAt } from './variants.ts'

/** The paper's programs for CIFAR-10 with a quarter of the channels, 32-64-64-128-256-256: those of cifar10.ts with `--set width=1/4`. */
export const { withoutSpatial, plusPlus, directFeedback, both, backpropagation, infoNce } = variantsAt(full, {
  width: 1 / 4,
})

export default plusPlus

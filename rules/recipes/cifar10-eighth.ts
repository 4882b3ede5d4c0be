import * as full from './cifar10.ts'
import { variantsAt } from './variants.ts'

/** The paper's programs for CIFAR-10 with an eighth of the channels, 16-32-32-64-128-128: those of cifar10.ts with `--set width=1/8`. */
export const { withoutSpatial, plusPlus, directFeedback, both, backpropagation, infoNce } = variantsAt(full, {
  width: 1 / 8,
})

export default plusPlus

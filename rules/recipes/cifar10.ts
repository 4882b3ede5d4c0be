import { adamw, check, option } from 'hebb'
import { variantsWithOptions, type DataSet } from './variants.ts'
import { vgg6 } from './vgg.ts'

/** What the paper sets for CIFAR-10; `width` is what all channels are multiplied by, 128-256-256-512-1024-1024 at 1. */
export const cifar10 = ({ width }: { readonly width: number }): DataSet => ({
  name: width === 1 ? 'CIFAR-10' : `CIFAR-10 at ${widths.get(width) ?? String(width)} width`,
  input: {
    channels: 3,
    size: 32,
    mean: [125.3 / 255, 123.0 / 255, 113.9 / 255],
    std: [63.0 / 255, 62.1 / 255, 66.7 / 255],
  },
  scale: [0.25, 1],
  encoder: vgg6({ width }),
  pools: [4, 4, 4, 2, 2, 1],
  optimizer: adamw({ lr: 2e-4, weightDecay: 0 }),
})

const widths: ReadonlyMap<number, string> = new Map([
  [1 / 2, 'half'],
  [1 / 4, 'quarter'],
  [1 / 8, 'eighth'],
])

/** The paper's programs for CIFAR-10, 300 epochs; `--set width=1/4` and the like for machines without a GPU. */
export const { withoutSpatial, plusPlus, directFeedback, both, backpropagation, infoNce } =
  variantsWithOptions({ width: option(1, check.positive) }, cifar10)

export default plusPlus

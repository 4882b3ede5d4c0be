import { adamw, conv, layer, local, maxPool, program, relu, simclr } from 'hebb'
import { clappPlusPlus } from 'hebb/rules'

/**
 * The paper's VGG-6 on CIFAR-10, taught by CLAPP++ (arXiv 2601.21683, section "Experiments"): 16 M parameters in
 * the encoder, 201 M in the projections. Deviations: no hue and saturation in the augmentation.
 */
const pools = [4, 4, 4, 2, 2, 1]
const channels = [128, 256, 256, 512, 1024, 1024]
const pooled = new Set([1, 3, 4, 5])

export default program({
  name: 'CLAPP++ on CIFAR-10',
  input: {
    channels: 3,
    size: 32,
    mean: [125.3 / 255, 123.0 / 255, 113.9 / 255],
    std: [63.0 / 255, 62.1 / 255, 66.7 / 255],
  },
  batch: 32,
  augment: simclr({ scale: [0.25, 1] }),
  encoder: channels.map((count, i) =>
    layer(`conv${i + 1}`, conv(count), relu(), ...(pooled.has(i) ? [maxPool(2)] : [])),
  ),
  learn: local(clappPlusPlus(pools)),
  optimizer: adamw({ lr: 2e-4, weightDecay: 0 }),
  readout: pools,
})

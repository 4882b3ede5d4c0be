import { adamw, type ImageInput } from 'hebb'

/** What the paper sets for CIFAR-10, whatever the width of the encoder. */
const input: ImageInput = {
  channels: 3,
  size: 32,
  mean: [125.3 / 255, 123.0 / 255, 113.9 / 255],
  std: [63.0 / 255, 62.1 / 255, 66.7 / 255],
}

export const cifar10 = {
  input,
  scale: [0.25, 1],
  pools: [4, 4, 4, 2, 2, 1],
  optimizer: adamw({ lr: 2e-4, weightDecay: 0 }),
} as const

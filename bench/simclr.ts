import { conv, layer, local, program, relu, sgd, simclr } from '../src/index.ts'
import { clapp } from '../rules/index.ts'
import type { Program } from '../src/index.ts'
import type { AugmentCase } from './case.ts'

const mean = [125.3 / 255, 123.0 / 255, 113.9 / 255]
const std = [63.0 / 255, 62.1 / 255, 66.7 / 255]
const batch = 32

/**
 * The SimCLR pipeline as a program (whose encoder only stands there), and the same transforms with the same
 * strengths for torchvision, whose kernels for blur are as long as ours.
 */
export const augmentation = (
  size: number,
  scale: readonly [number, number],
): { readonly program: Program; readonly told: AugmentCase } => ({
  program: program({
    name: 'augmentation',
    input: { channels: 3, size, mean, std },
    augment: simclr({ scale }),
    batch,
    encoder: [layer('conv1', conv(8), relu())],
    learn: local(clapp()),
    optimizer: sgd({ lr: 0.1 }),
  }),
  told: {
    kind: 'augment',
    batch,
    workers: 2,
    scale: [...scale],
    jitter: { brightness: 0.8, contrast: 0.8, saturation: 0.8, hue: 0.2, chance: 0.8 },
    grey: 0.2,
    blur: { kernel: 2 * Math.floor(Math.floor(size / 10) / 2) + 1, sigma: [0.1, 2], chance: 0.5 },
    mean,
    std,
  },
})

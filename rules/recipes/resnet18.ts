import {
  adamw,
  batchNorm,
  check,
  conv,
  global,
  layer,
  local,
  program,
  relu,
  residual,
  simclr,
  type Credit,
  type Layer,
  type Program,
} from 'hebb'
import { clapp, infoNCE } from 'hebb/rules'

/**
 * ResNet-18 for images of 32 pixels (He, Zhang, Ren & Sun 2016, with the stem of their CIFAR networks: 3×3 and no
 * max-pool), on CIFAR-10. The stem and each of the eight blocks are a layer, so that local credit cuts between
 * blocks and gradients stay inside them. Not one of the paper's programs.
 */
export function resnet18(options: { readonly width?: number } = {}): Layer[] {
  const { width } = check.withDefaults('resnet18', { width: 64 }, options)
  return [
    layer('stem', conv(width, { bias: false }), batchNorm(), relu()),
    ...[1, 2, 4, 8].flatMap((factor, stage) => [
      block(2 * stage + 1, factor * width, stage === 0 ? 1 : 2),
      block(2 * stage + 2, factor * width, 1),
    ]),
  ]
}

/** Two convolutions beside the identity; where the map shrinks, beside a strided 1×1 convolution. */
function block(place: number, channels: number, stride: number): Layer {
  const body = [
    conv(channels, { stride, bias: false }),
    batchNorm(),
    relu(),
    conv(channels, { bias: false }),
    batchNorm(),
  ]
  const shortcut = stride === 1 ? [] : [conv(channels, { kernel: 1, stride, bias: false }), batchNorm()]
  return layer(`block${place}`, residual(body, shortcut), relu())
}

const cifar10 = (name: string, learn: Credit<'a' | 'b'>): Program =>
  program({
    name: `${name}, ResNet-18 on CIFAR-10`,
    input: {
      channels: 3,
      size: 32,
      mean: [125.3 / 255, 123.0 / 255, 113.9 / 255],
      std: [63.0 / 255, 62.1 / 255, 66.7 / 255],
    },
    batch: 32,
    augment: simclr({ scale: [0.25, 1] }),
    encoder: resnet18(),
    learn,
    optimizer: adamw({ lr: 2e-4, weightDecay: 0 }),
  })

/** Batch normalisation reads statistics over the batch, which the rule itself does not. */
const learn = local(clapp(), { allow: ['statistics'] })
export const blockwise = cifar10('CLAPP++ without spatial dependence', learn)
export const backpropagation = cifar10('BP-InfoNCE', global(infoNCE({ symmetric: true })))

export default blockwise

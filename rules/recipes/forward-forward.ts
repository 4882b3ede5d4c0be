import {
  adamw,
  conv,
  flatten,
  hybridImages,
  layer,
  lengthNorm,
  linear,
  local,
  maxPool,
  paintLabel,
  program,
  relu,
  type Layer,
} from 'hebb'
import { forwardForward, scff } from 'hebb/rules'

/**
 * Forward-Forward on Fashion-MNIST: with labels painted into the images (an MLP), and without labels, on mixtures of
 * two images (an MLP and a convolutional network) or on pairs of images (SCFF). Each layer begins with the
 * direction of the activity below, the first one of the MLPs with that of the image, as in Hinton's code.
 *
 * The default export learns from labels; another one is `forward-forward.ts#selfSupervised` on the command line.
 */
const perceptron = (): Layer[] =>
  [1, 2, 3].map((i) => layer(`dense${i}`, ...(i === 1 ? [flatten()] : []), lengthNorm(), linear(500), relu()))

const convolutional = (): Layer[] =>
  [32, 64, 128].map((channels, i) =>
    layer(`conv${i + 1}`, ...(i === 0 ? [] : [lengthNorm()]), conv(channels), relu(), maxPool(2)),
  )
const readout = [7, 3, 3]

/** Hinton's threshold: one per unit, on the sum of squares. */
const rule = forwardForward({ goodness: 'sum', peerNormalisation: 0.03 })
const views = ['positive', 'negative'] as const
const batch = 64
const optimizer = adamw({ lr: 1e-3, weightDecay: 0 })
const grey = { channels: 1, size: 28 }
const normalised = { ...grey, mean: [0.286], std: [0.353] }

export const supervised = program({
  name: 'Forward-Forward, labels',
  input: grey,
  views,
  augment: [paintLabel()],
  batch,
  encoder: perceptron(),
  learn: local(rule),
  optimizer,
})

export const selfSupervised = program({
  name: 'Forward-Forward, mixtures',
  input: grey,
  views,
  augment: [hybridImages()],
  batch,
  encoder: perceptron(),
  learn: local(rule),
  optimizer,
})

export const selfSupervisedConv = program({
  name: 'Forward-Forward, mixtures, convolutional',
  input: normalised,
  views,
  augment: [hybridImages()],
  batch,
  encoder: convolutional(),
  learn: local(forwardForward({ peerNormalisation: 0.03 })),
  optimizer,
  readout,
})

export const selfContrastive = program({
  name: 'SCFF',
  input: normalised,
  views: ['image'],
  batch,
  encoder: convolutional(),
  learn: local(scff()),
  optimizer,
  readout,
})

export default supervised

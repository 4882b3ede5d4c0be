import { conv, crossEntropy, layer, local, maxPool, program, relu, rule, sgd, type Rule } from 'hebb'

/** Each layer learns to tell classes, by a readout of its own. */
export const supervised = (): Rule<'image'> =>
  rule<'image'>('supervised', ({ out, labels, classes, parameter }) => {
    const features = out.image.mean(2, 3)
    const readout = parameter('readout', [classes, features.size(1)])
    return crossEntropy(features.matmul(readout, { transposeB: true }), labels)
  })

export default program({
  input: { channels: 1, size: 28, classes: 10 },
  batch: 32,
  views: ['image'],
  encoder: [layer('conv1', conv(8), relu(), maxPool(2)), layer('conv2', conv(16), relu(), maxPool(2))],
  learn: local(supervised()),
  optimizer: sgd({ lr: 0.1 }),
})

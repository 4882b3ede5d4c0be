import { adamw, check, conv, crossEntropy, layer, local, maxPool, program, relu, rule, type Rule } from 'hebb'

/** Views agree; features vary; and a readout of the rule's own tells the class, without teaching the layer. */
export function several(
  options: { readonly agree?: number; readonly vary?: number; readonly tell?: number } = {},
): Rule<'a' | 'b'> {
  const weights = check.withDefaults('several', { agree: 1, vary: 1, tell: 0.1 }, options)
  return rule<'a' | 'b'>('several', ({ out, labels, classes, parameter }) => {
    const [a, b] = [out.a.mean(2, 3), out.b.mean(2, 3)]
    // Teaches the layer.
    const agree = a.sub(b).square().mean()
    // Teaches the layer, too: by the variance of each channel over the batch.
    const vary = a.sub(a.mean(0)).square().mean(0).add(1e-4).sqrt().neg().add(1).relu().mean()
    // Teaches `readout` alone: the gradient stops at the activity. Its rate is a multiple of the program's.
    const readout = parameter('readout', [classes, a.size(1)], { rate: 10 })
    const scores = a.stopGradient().matmul(readout, { transposeB: true })
    const tell = crossEntropy(scores, labels)
    return {
      loss: agree.mul(weights.agree).add(vary.mul(weights.vary)).add(tell.mul(weights.tell)),
      // Shown beside the loss; what is shown teaches nothing.
      log: { agree, vary, tell },
    }
  })
}

export default program({
  input: { channels: 1, size: 28 },
  batch: 32,
  encoder: [layer('conv1', conv(8), relu(), maxPool(2)), layer('conv2', conv(16), relu(), maxPool(2))],
  learn: local(several({ vary: 2 })),
  optimizer: adamw({ lr: 1e-3 }),
})

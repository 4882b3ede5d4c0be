import { check, conv, layer, local, optimizer, program, relu, type Optimizer, type SharedOptions } from 'hebb'
import { infoNCE } from 'hebb/rules'

interface LionOptions extends SharedOptions {
  readonly beta1?: number
  readonly beta2?: number
}

export function lion(options: LionOptions): Optimizer {
  const own = { beta1: check.decay.optional(), beta2: check.decay.optional() }
  const { beta1 = 0.9, beta2 = 0.99, ...shared } = check.options('lion', { ...check.shared, ...own }, options)
  return optimizer('lion', {
    ...shared,
    settings: { beta1, beta2 },
    states: ['exp_avg'],
    update: ({ parameter, gradient, states: { exp_avg }, rate, weightDecay }) => {
      const direction = exp_avg
        .mul(beta1)
        .add(gradient.mul(1 - beta1))
        .sign()
      const share = rate.mul(-weightDecay).add(1).cast(parameter.dtype)
      const kept = weightDecay === 0 ? parameter : parameter.mul(share)
      return {
        parameter: kept.sub(direction.mul(rate.cast(parameter.dtype))),
        states: { exp_avg: exp_avg.mul(beta2).add(gradient.mul(1 - beta2)) },
      }
    },
  })
}

export default program({
  input: { channels: 1, size: 28 },
  batch: 32,
  encoder: [layer('conv1', conv(16), relu()), layer('conv2', conv(16), relu())],
  learn: local(infoNCE()),
  optimizer: lion({ lr: 1e-4, weightDecay: 0.1, noDecay: 'biases and norms', clip: { norm: 1 } }),
})

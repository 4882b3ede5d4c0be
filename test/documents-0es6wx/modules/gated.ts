import { init, layer, linear, flatten, local, module, program, sgd, type Module } from 'hebb'
import { forwardForward } from 'hebb/rules'

/** x ∘ σ(s·x + t), with a scale and a shift for each unit. */
export const gated = (): Module =>
  module('gated', (x, { parameter }) => {
    const scale = parameter('scale', [x.size(1)], init.constant(1))
    const shift = parameter('shift', [x.size(1)], init.zeros())
    return x.mul(x.mul(scale).add(shift).sigmoid())
  })

/** A linear map without a bias that explicit rules can read and teach. */
export const plain = (units: number): Module =>
  module(`plain(${units})`, (pre, { parameter, connect }) => {
    const weight = parameter('weight', [units, pre.size(1)])
    const apply: Parameters<typeof connect>[0]['apply'] = (x, w) => x.matmul(w, { transposeB: true })
    const preactivation = apply(pre, weight)
    connect({ weight, bias: undefined, pre, preactivation, apply })
    return preactivation
  })

export default program({
  input: { channels: 1, size: 28 },
  views: ['positive', 'negative'],
  batch: 32,
  encoder: [layer('one', flatten(), plain(64), gated()), layer('two', linear(32), gated())],
  learn: local(forwardForward()),
  optimizer: sgd({ lr: 0.1 }),
})

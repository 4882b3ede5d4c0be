import { adamw, check, conv, layer, local, maxPool, program, relu, rule, type Rule, type Tensor } from 'hebb'

/** Views agree; every feature varies; features are not copies of each other. */
export const vicreg = (given: { agree?: number; vary?: number } = {}): Rule<'a' | 'b'> => {
  const { agree, vary } = check.withDefaults('vicreg', { agree: 25, vary: 25 }, given)
  return rule('vicreg', ({ out, images }) => {
    const [a, b] = [out.a.mean(2, 3), out.b.mean(2, 3)]
    const flat = (z: Tensor) => {
      const [centred, n] = [z.sub(z.mean(0)), images - 1]
      const covariance = centred.matmul(centred, { transposeA: true }).div(n)
      const variance = centred.square().sum(0).div(n)
      const copies = covariance.square().sum().sub(variance.square().sum())
      const collapse = variance.add(1e-4).sqrt().neg().add(1).relu().mean()
      return collapse.mul(vary).add(copies.div(z.size(1)))
    }
    return a.sub(b).square().mean().mul(agree).add(flat(a)).add(flat(b))
  })
}

export default program({
  input: { channels: 1, size: 28 },
  batch: 64,
  encoder: [
    layer('conv1', conv(32), relu(), maxPool(2)),
    layer('conv2', conv(64), relu(), maxPool(2)),
    layer('conv3', conv(128), relu()),
  ],
  learn: local(vicreg()), // or global(vicreg()), or blocks([2, 1], vicreg())
  optimizer: adamw({ lr: 5e-4 }),
})

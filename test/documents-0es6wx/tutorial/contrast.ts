import {
  adamw,
  colourJitter,
  conv,
  global,
  layer,
  local,
  maxPool,
  program,
  randomResizedCrop,
  relu,
  rule,
  type Credit,
  type Rule,
  type Tensor,
} from 'hebb'

const unit = (z: Tensor) => z.div(z.square().sum(1).add(1e-6).sqrt().reshape(-1, 1))

/** Row i of the queries should find row i of the keys; both are [images, channels]. */
export const infoNCE = (query: Tensor, key: Tensor, temperature = 0.2) => {
  const [q, k] = [unit(query), unit(key)]
  const all = q.matmul(k, { transposeB: true }).div(temperature)
  const same = q.mul(k).sum(1).div(temperature)
  return all.logSumExp(1).sub(same).mean()
}

/** The rule: a name, and a loss for the layer that it is given. */
export const contrast = (): Rule<'a' | 'b'> =>
  rule('contrast', ({ out }) => infoNCE(out.a.mean(2, 3), out.b.mean(2, 3)))

/** The same small encoder and training for every rule that we try. */
export const taught = (name: string, learn: Credit<'a' | 'b'>) =>
  program({
    name,
    input: { channels: 1, size: 28, mean: [0.286], std: [0.353] },
    batch: 32,
    augment: [randomResizedCrop({ scale: [0.3, 1] }), colourJitter()],
    encoder: [16, 32, 64].map((channels, i) => layer(`conv${i + 1}`, conv(channels), relu(), maxPool(2))),
    learn,
    optimizer: adamw({ lr: 1e-3 }),
  })

export default taught('contrast', local(contrast()))
export const backpropagation = taught('backpropagation', global(contrast()))

import {
  adamw,
  colourJitter,
  concat,
  conv,
  layer,
  local,
  maxPool,
  program,
  randomResizedCrop,
  relu,
  rule,
  type Rule,
  type Tensor,
} from 'hebb'

/**
 * TITLE (AUTHORS, *TITLE OF THE PAPER*, VENUE YEAR, equation N):
 *
 *     L = mean_i max(0, margin + |z_i - p_i|² - |z_i - n_i|²)
 *
 * z_i is a layer's activity, averaged over the map; p_i its activity on the other view of the image, n_i on another
 * image: two views of an image attract each other, views of different images do not come too near.
 * Deviations from the authors' code: NONE.
 */
export const mine = ({ margin = 1 } = {}): Rule<'a' | 'b'> =>
  rule('mine', ({ out, negatives }) => {
    // All views one below the other, [rows, channels]; `out.a` and `out.b` are the views by name.
    const z = out.rows.mean(2, 3)
    // The same rows with the views exchanged. What is compared to is a constant: only z learns.
    const positive = concat([out.b, out.a]).mean(2, 3).stopGradient()
    // For every row one that shows another image of the batch, drawn anew each step.
    const negative = positive.rows(negatives().reshape(-1))
    const distance = (other: Tensor) => z.sub(other).square().mean(1)
    // One number per layer. Its gradient teaches this layer, and stops at the layer below.
    return distance(positive).sub(distance(negative)).add(margin).relu().mean()
  })

/** A small program to try it on: Fashion-MNIST, each layer taught by its own loss (`global`: backpropagation). */
export default program({
  name: 'mine',
  input: { channels: 1, size: 28, mean: [0.286], std: [0.353] },
  batch: 64,
  augment: [randomResizedCrop({ scale: [0.3, 1] }), colourJitter()],
  encoder: [16, 32, 64].map((channels, i) => layer(`conv${i + 1}`, conv(channels), relu(), maxPool(2))),
  learn: local(mine()),
  optimizer: adamw({ lr: 1e-3 }),
})

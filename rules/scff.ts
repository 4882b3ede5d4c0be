import { check, rule, type Rule, type Tensor } from 'hebb'

/**
 * SCFF (Chen, Liu, Laydevant, Grollier, *Self-Contrastive Forward-Forward algorithm*, Nature Communications 2025):
 * Forward-Forward without labels, on pairs of images that enter one layer side by side. An image with itself is
 * positive, with another one negative; both halves have the same kernel, W [x; x'] = W x + W x', so that the pair's
 * preactivation is the sum of two, bias included. With a = W x + b of one image, at every position of a map:
 *
 *     G(x, x') = mean over units of relu(a + a')²
 *     L = softplus(θ_pos - G(x_i, x_i)) + softplus(G(x_i, x_j) - θ_neg) + λ |G(x_i, x_i)|
 *
 * averaged over positions, |·| the length of the map of goodness. Layers begin with `lengthNorm()`, have one conv or
 * linear module, and learn before their own nonlinearity and pooling, which only layers above see; that an image
 * passes on W x + b instead of twice as much is lost in the normalisation there. The views are images like any other.
 *
 * Deviations from the authors' code: inputs are scaled to one length, not to mean 0 and deviation 1; all layers learn
 * at the same time, as in its parallel version; which image is the negative is drawn for each image, not for the batch.
 */
export interface ScffOptions {
  /** θ_pos, for all layers or one per layer. The authors' are 1, 3, 6 for a network of 3 on MNIST. */
  readonly positive?: number | readonly number[]
  /** θ_neg; default as θ_pos. */
  readonly negative?: number | readonly number[]
  /** λ, against goodness without bound; the authors' are 0 to 0.008. */
  readonly penalty?: number
}

const threshold = check.either<number | readonly number[]>(
  'a number, or a list of one per layer',
  check.finite,
  check.list(check.finite, 'numbers', 1),
)
const checks: check.Checks<ScffOptions> = {
  positive: threshold.optional(),
  negative: threshold.optional(),
  penalty: check.notNegative.optional(),
}

/** Forward-Forward on pairs of images, without labels. */
export function scff(options: ScffOptions = {}, ...extra: readonly undefined[]): Rule {
  const { positive = 1, negative = positive, penalty = 0 } = check.options('scff', checks, options, extra)
  return rule(
    'scff',
    ({ index, preactivation, negatives }) => {
      const own = preactivation.rows
      const goodness = (other: Tensor) => own.add(other).relu().square().mean(1)
      const [same, mixed] = [goodness(own), goodness(own.rows(negatives().reshape(-1)))]
      const loss = same
        .neg()
        .add(at(positive, index))
        .softplus()
        .mean()
        .add(mixed.sub(at(negative, index)).softplus().mean())
      return penalty === 0 ? loss : loss.add(length(same).mean().mul(penalty))
    },
    // The other image of a pair is another sample; the goodness of a position is a scalar.
    { locality: ['pre', 'post', 'samples', 'scalar'], needs: { images: 2 } },
  )
}

const at = (perLayer: number | readonly number[], index: number): number =>
  typeof perLayer === 'number' ? perLayer : (perLayer[index] ?? perLayer.at(-1) ?? 1)

/** Length of each row, [rows]; below 1e-9 it counts as 1e-9, where its gradient is 0. */
const length = (rows: Tensor): Tensor => rows.reshape(rows.size(0), -1).square().sum(1).maximum(1e-18).sqrt()

import { check, rule, type Rule, type Tensor } from 'hebb'
import { meanPerUnit } from './units.ts'

/**
 * Forward-Forward (Hinton, *The Forward-Forward Algorithm: Some Preliminary Investigations*, arXiv 2212.13345, 2022):
 * two forward passes, and no backward one. Every layer finds positive images good and negative ones not, by the
 * logistic of its goodness G, the squares of its activity, against a threshold θ (eq. 1):
 *
 *     L = softplus(θ - G(z_pos)) + softplus(G(z_neg) - θ)
 *
 * The program shows a view 'positive' and a view 'negative': with `paintLabel()` true and wrong labels in the image
 * (section 3.3), with `hybridImages()` images and mixtures of two (section 3.2). Layers above the first begin with
 * `lengthNorm()`, so that they cannot read off the goodness of the one below. Linear probes of the first kind see a
 * neutral label; classifying by the goodness of each label in turn is not among the probes.
 *
 * Peer normalisation holds units to the same activity, so that none is always on or off: λ · mean_j (m̄ - m_j)², m
 * the running mean of positive activity (0.9 m + 0.1 of this batch). Hinton's code has λ = 0.03.
 *
 * Deviations from Hinton's code: its goodness is the sum of squares with θ = 1 per unit (`goodness: 'sum'`); its
 * negatives have labels drawn by a classifier, ours are uniform; it lets the peer term reach units that are off, here
 * it passes ReLU as all gradients do; its running means begin at 0.5, ours at 0.
 */
export interface ForwardForwardOptions {
  /** G: 'mean' of the squares over a layer's features, or their 'sum', with a θ per feature. */
  readonly goodness?: 'mean' | 'sum'
  /** θ. */
  readonly threshold?: number
  /** λ; 0 leaves peer normalisation out. */
  readonly peerNormalisation?: number
}

const checks: check.Checks<ForwardForwardOptions> = {
  goodness: check.oneOf('mean', 'sum').optional(),
  threshold: check.finite.optional(),
  peerNormalisation: check.notNegative.optional(),
}

/** The Forward-Forward algorithm: goodness above the threshold on positive images, below it on negative. */
export function forwardForward(
  options: ForwardForwardOptions = {},
  ...extra: readonly undefined[]
): Rule<'positive' | 'negative'> {
  const {
    goodness = 'mean',
    threshold = 1,
    peerNormalisation = 0,
  } = check.options('forwardForward', checks, options, extra)
  return rule(
    'forward-forward',
    ({ out: { positive, negative }, memory }) => {
      const excess = (activity: Tensor) => {
        const squares = activity.flatten(1).square()
        const scale = goodness === 'mean' ? 1 : squares.size(1)
        return squares.mean(1).sub(threshold).mul(scale)
      }
      const told = excess(positive).neg().softplus().mean().add(excess(negative).softplus().mean())
      if (peerNormalisation === 0) return told
      const now = meanPerUnit(positive)
      const means = memory('means', now.shape, (before) => before.mul(0.9).add(now.mul(0.1)))
      return told.add(means.sub(means.mean()).square().mean().mul(peerNormalisation))
    },
    // Goodness is a scalar; peers are compared by what they do over the batch.
    {
      locality: [
        'pre',
        'post',
        'scalar',
        ...(peerNormalisation === 0 ? [] : (['memory', 'statistics'] as const)),
      ],
    },
  )
}

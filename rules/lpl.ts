import { check, rule, type Rule, type Tensor } from 'hebb'
import { aPool, bothViews, type Pool } from './pooling.ts'
import { covariance, offDiagonal, variance } from './rows.ts'

/**
 * Latent Predictive Learning (Halvagal, Zenke, *The combination of Hebbian and predictive plasticity learns invariant
 * object representations in deep sensory networks*, Nature Neuroscience 2023): predict the other view, keep variance
 * (the Hebbian term), decorrelate:
 *
 *     L = mean (zᵃ - zᵇ)² - mean_i log(σ_i² + 1e-4) + 10 · mean_{i ≠ k} Cov_ik²
 *
 * The last two are averaged over the views; means over the batch are constants to the gradient. The decorrelation is
 * that of the erratum (eq. 6 corrected: squares of the covariance, not the covariance of squares). As in the authors'
 * code the gradient reaches both views; in the paper's eq. 4 the earlier one is a constant. Logged are
 * the three terms, without their weights.
 */
export interface LplOptions {
  /** Weight of the Hebbian term. */
  readonly push?: number
  /** What decorrelation counts; default 10. */
  readonly decorrelate?: number
  /** Over what activity is averaged; default 'global', the whole map. */
  readonly pool?: Pool
}

const checks: check.Checks<LplOptions> = {
  push: check.notNegative.optional(),
  decorrelate: check.notNegative.optional(),
  pool: aPool.optional(),
}

/** Activity is predictable in time, varies over the batch, and is decorrelated. */
export function lpl(options: LplOptions = {}, ...extra: readonly undefined[]): Rule<'a' | 'b'> {
  const { push = 1, decorrelate = 10, pool = 'global' } = check.options('lpl', checks, options, extra)
  return rule(
    'lpl',
    (layer) => {
      const [a, b] = bothViews(layer, pool)
      const [ca, cb] = [fromConstantMean(a), fromConstantMean(b)]
      const hebbian = logVariance(ca).add(logVariance(cb)).div(-2)
      const correlated = copies(ca).add(copies(cb)).div(2)
      const predictive = a.sub(b).square().mean()
      return {
        loss: predictive.add(hebbian.mul(push)).add(correlated.mul(decorrelate)),
        log: { predictive, hebbian, decorrelation: correlated },
      }
    },
    { locality: ['pre', 'post', 'statistics'], needs: { images: 2, units: 2 } },
  )
}

const fromConstantMean = (z: Tensor): Tensor => z.sub(z.mean(0).stopGradient())

const logVariance = (z: Tensor): Tensor => variance(z).add(1e-4).log().mean()

const copies = (z: Tensor): Tensor => offDiagonal(covariance(z)).square().mean()

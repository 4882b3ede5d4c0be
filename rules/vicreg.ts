import { check, rule, type Rule, type Tensor } from 'hebb'
import { mlp, widths } from './heads.ts'
import { aPool, bothViews, type Pool } from './pooling.ts'
import { centred, covariance, offDiagonal, variance } from './rows.ts'

/**
 * VICReg (Bardes, Ponce, LeCun, *Variance-invariance-covariance regularization for self-supervised learning*, ICLR
 * 2022, eqs. 1 to 6): views agree, every feature varies, features are not copies of each other:
 *
 *     L = λ s + μ [v(zᵃ) + v(zᵇ)] / 2 + ν [c(zᵃ) + c(zᵇ)]
 *     s = mean (zᵃ - zᵇ)²,  v(z) = mean_j max(0, 1 - √(Var z_j + 1e-4)),  c(z) = Σ_{i ≠ j} Cov(z)_ij² / features
 *
 * This is the authors' code; the paper's equations have no ½ at v, and s summed over features. Logged are s, the mean of v
 * and the sum of c, without λ, μ and ν.
 */
export interface VicregOptions {
  /** λ, of s. */
  readonly invariance?: number
  /** μ, of v. */
  readonly variance?: number
  /** ν, of c. */
  readonly covariance?: number
  /** Widths of the expander; by default none. The paper's is [8192, 8192, 8192], 134 million weights. */
  readonly head?: readonly number[]
  /** Over what activity is averaged; default 'global', the whole map. */
  readonly pool?: Pool
}

const checks: check.Checks<VicregOptions> = {
  invariance: check.notNegative.optional(),
  variance: check.notNegative.optional(),
  covariance: check.notNegative.optional(),
  head: widths.optional(),
  pool: aPool.optional(),
}

/** Views agree, every feature varies, features are not copies of each other. */
export function vicreg(options: VicregOptions = {}, ...extra: readonly undefined[]): Rule<'a' | 'b'> {
  const given = check.options('vicreg', checks, options, extra)
  return rule(
    'vicreg',
    (layer) => {
      const { invariance = 25, variance = 25, covariance = 1, head = [], pool = 'global' } = given
      const [a, b] = bothViews(layer, pool)
      const expand = mlp(layer, 'head', a.size(1), head)
      const [za, zb] = [expand(a), expand(b)]
      const distance = za.sub(zb).square().mean()
      const [ca, cb] = [centred(za), centred(zb)]
      const spread = collapse(ca).add(collapse(cb)).div(2)
      const copies = redundancy(ca).add(redundancy(cb))
      return {
        loss: distance.mul(invariance).add(spread.mul(variance)).add(copies.mul(covariance)),
        log: { invariance: distance, variance: spread, covariance: copies },
      }
    },
    {
      locality: ['pre', 'post', 'statistics'],
      needs: { images: 2, units: (options.head ?? []).length > 0 ? 1 : 2 },
    },
  )
}

const collapse = (z: Tensor): Tensor => variance(z).add(1e-4).sqrt().neg().add(1).relu().mean()

const redundancy = (z: Tensor): Tensor => offDiagonal(covariance(z)).square().sum().div(z.size(1))

import { check, rule, type Rule } from 'hebb'
import { mlp, widths } from './heads.ts'
import { aPool, bothViews, type Pool } from './pooling.ts'
import { offDiagonal, standardised } from './rows.ts'

/**
 * Barlow Twins (Zbontar, Jing, Misra, LeCun, Deny, *Self-supervised learning via redundancy reduction*, ICML 2021,
 * eqs. 1 and 2): the cross-correlation of the features of two views, over the batch, should be the identity:
 *
 *     C_ij = mean_n ẑᵃ_ni ẑᵇ_nj,   L = Σ_i (1 - C_ii)² + λ Σ_{i ≠ j} C_ij²
 *
 * ẑ has mean 0 and variance 1 over the batch. As in the authors' code, 1e-5 is added to variances. Logged are both sums,
 * without λ.
 */
export interface BarlowTwinsOptions {
  /** λ: what redundancy counts beside invariance. */
  readonly redundancy?: number
  /** Widths of the head; by default none. The paper's is [8192, 8192, 8192], 134 million weights. */
  readonly head?: readonly number[]
  /** Over what activity is averaged; default 'global', the whole map. */
  readonly pool?: Pool
}

const checks: check.Checks<BarlowTwinsOptions> = {
  redundancy: check.notNegative.optional(),
  head: widths.optional(),
  pool: aPool.optional(),
}

/** The cross-correlation of the features of two views becomes the identity. */
export function barlowTwins(
  options: BarlowTwinsOptions = {},
  ...extra: readonly undefined[]
): Rule<'a' | 'b'> {
  const {
    redundancy = 5e-3,
    head = [],
    pool = 'global',
  } = check.options('barlowTwins', checks, options, extra)
  return rule(
    'barlow-twins',
    (layer) => {
      const [a, b] = bothViews(layer, pool)
      const project = mlp(layer, 'head', a.size(1), head)
      const [za, zb] = [standardised(project(a)), standardised(project(b))]
      const correlation = za.matmul(zb, { transposeA: true }).div(layer.images)
      const own = za.mul(zb).mean(0)
      const invariance = own.neg().add(1).square().sum()
      const copies = offDiagonal(correlation).square().sum()
      return {
        loss: invariance.add(copies.mul(redundancy)),
        log: { invariance, redundancy: copies },
      }
    },
    { locality: ['pre', 'post', 'statistics'], needs: { images: 2, units: head.length > 0 ? 1 : 2 } },
  )
}

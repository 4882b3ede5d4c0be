import { check, concat, rule, type Rule } from 'hebb'
import { mlp, widths } from './heads.ts'
import { aPool, bothViews, type Pool } from './pooling.ts'
import { offDiagonal, unitLength } from './rows.ts'

/**
 * SimCLR's NT-Xent (Chen, Kornblith, Norouzi, Hinton, *A simple framework for contrastive learning of visual
 * representations*, ICML 2020, eq. 1): of the 2N views in a batch, each finds the other view of its image among the
 * 2N - 1 that are not itself:
 *
 *     L = - mean_i log [ exp(cos(z_i, z_j(i)) / τ) / Σ_{k ≠ i} exp(cos(z_i, z_k) / τ) ],   z = W₂ ρ(W₁ h)
 *
 * Both views of an image are queries, gradients reach both sides. The head has biases and no normalisation, as in the
 * paper's equation; the authors' code normalises batches within it.
 */
export interface NtXentOptions {
  /** What similarities are divided by; default 0.5. */
  readonly temperature?: number
  /** Widths of the head; `[]` for none. The paper's ResNet-50 has [2048, 128]. */
  readonly head?: readonly number[]
  /** Over what activity is averaged; default 'global', the whole map. */
  readonly pool?: Pool
}

const checks: check.Checks<NtXentOptions> = {
  temperature: check.positive.optional(),
  head: widths.optional(),
  pool: aPool.optional(),
}

/** SimCLR's loss: each view finds the other among all views of the batch. */
export function ntXent(options: NtXentOptions = {}, ...extra: readonly undefined[]): Rule<'a' | 'b'> {
  const {
    temperature = 0.5,
    head = [2048, 128],
    pool = 'global',
  } = check.options('ntXent', checks, options, extra)
  return rule(
    'nt-xent',
    (layer) => {
      const [a, b] = bothViews(layer, pool)
      const project = mlp(layer, 'head', a.size(1), head, { normalise: false, last: 'biased' })
      const [za, zb] = [unitLength(project(a)), unitLength(project(b))]
      const z = concat([za, zb])
      const others = offDiagonal(z.matmul(z, { transposeB: true }).div(temperature))
      const agreement = za.mul(zb).sum(1).div(temperature)
      return others.logSumExp(1).mean().sub(agreement.mean())
    },
    // All rows are each other's negatives; their similarities, and the lengths of rows, are scalars.
    { locality: ['pre', 'post', 'samples', 'scalar'], needs: { images: 2 } },
  )
}

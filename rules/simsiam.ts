import { check, rule, type Rule, type Tensor } from 'hebb'
import { mlp, widths } from './heads.ts'
import { aPool, bothViews, type Pool } from './pooling.ts'
import { cosine } from './rows.ts'

/**
 * SimSiam (Chen, He, *Exploring simple Siamese representation learning*, CVPR 2021, eqs. 1 to 4): as BYOL, but what is
 * predicted is the projection of the same encoder, a constant to the gradient:
 *
 *     L = - ½ mean cos(q(z_a), stop(z_b)) - ½ mean cos(q(z_b), stop(z_a)),   z = g(h)
 *
 * The head g is batch-normalised in every layer, in the last without scale and shift, as in the authors' code; the
 * predictor q in its hidden layer.
 */
export interface SimSiamOptions {
  /** Widths of the projection head g; `[]` for none. */
  readonly head?: readonly number[]
  /** Hidden width of the predictor q. */
  readonly predictor?: number
  /** Over what activity is averaged; default 'global', the whole map. */
  readonly pool?: Pool
}

const checks: check.Checks<SimSiamOptions> = {
  head: widths.optional(),
  predictor: check.count.optional(),
  pool: aPool.optional(),
}

/** One view predicts the projection of the other, which is a constant to the gradient. */
export function simSiam(options: SimSiamOptions = {}, ...extra: readonly undefined[]): Rule<'a' | 'b'> {
  const {
    head = [2048, 2048, 2048],
    predictor = 512,
    pool = 'global',
  } = check.options('simSiam', checks, options, extra)
  return rule(
    'simsiam',
    (layer) => {
      const [a, b] = bothViews(layer, pool)
      const project = mlp(layer, 'head', a.size(1), head, { last: 'standardised' })
      const predict = mlp(layer, 'predictor', project.width, [predictor, project.width], { last: 'biased' })
      const [za, zb] = [project(a), project(b)]
      const alike = (z: Tensor, other: Tensor) => cosine(predict(z), other.stopGradient()).mean()
      return alike(za, zb).add(alike(zb, za)).div(-2)
    },
    // Heads are normalised by the batch; cosines are scalars.
    { locality: ['pre', 'post', 'statistics', 'scalar'], needs: { images: 2 } },
  )
}

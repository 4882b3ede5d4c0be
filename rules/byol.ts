import { check, rule, type Rule, type Tensor } from 'hebb'
import { mlp, widths } from './heads.ts'
import { aPool, bothViews, flatPool, type Pool } from './pooling.ts'
import { cosine } from './rows.ts'

/**
 * BYOL (Grill et al., *Bootstrap your own latent*, NeurIPS 2020, eqs. 1 and 2): from one view, a predictor q tells what
 * a slow copy of encoder and projection head makes of the other; nothing is pushed apart:
 *
 *     L = mean ‖ q(g(h_a)) / ‖·‖ - g'(h'_b) / ‖·‖ ‖² + the same with a and b exchanged
 *     h', g' with parameters ξ ← τ ξ + (1 - τ) θ after each step
 *
 * The slow parameters ξ start as a copy and are state of the graphs. They are a constant to the gradient. Under local
 * credit each layer has a slow copy of itself that reads the same input as the layer.
 *
 * Deviation from the authors' code: τ is constant; theirs goes from 0.996 to 1 along a cosine.
 */
export interface ByolOptions {
  /** τ. */
  readonly decay?: number
  /** Widths of the projection head g; `[]` for none. */
  readonly head?: readonly number[]
  /** Hidden width of the predictor q. */
  readonly predictor?: number
  /** Over what activity is averaged; default 'global', the whole map. */
  readonly pool?: Pool
}

const checks: check.Checks<ByolOptions> = {
  decay: check.fraction.optional(),
  head: widths.optional(),
  predictor: check.count.optional(),
  pool: aPool.optional(),
}

/** One view predicts what a slow copy of the encoder makes of the other. */
export function byol(options: ByolOptions = {}, ...extra: readonly undefined[]): Rule<'a' | 'b'> {
  const {
    decay = 0.996,
    head = [4096, 256],
    predictor = 4096,
    pool = 'global',
  } = check.options('byol', checks, options, extra)
  return rule(
    'byol',
    (layer) => {
      const [a, b] = bothViews(layer, pool)
      const project = mlp(layer, 'head', a.size(1), head)
      const predict = mlp(layer, 'predictor', project.width, [predictor, project.width])

      const [slow, projectSlowly] = [layer.target(decay), project.average(decay)]
      const goal = (view: Tensor) => projectSlowly(flatPool(view, pool, layer.index)).stopGradient()
      const distance = (view: Tensor, other: Tensor) =>
        cosine(predict(project(view)), goal(other))
          .mean()
          .mul(-2)
          .add(2)
      return distance(a, slow.b).add(distance(b, slow.a))
    },
    // The target is a memory of weights; heads are normalised by the batch; cosines are scalars.
    { locality: ['pre', 'post', 'memory', 'statistics', 'scalar'] },
  )
}

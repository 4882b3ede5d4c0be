import { check, concat, rule, type Rule, type RuleContext, type Tensor } from 'hebb'
import { clappReads } from './clapp.ts'
import { aPool, flatPool, type Pool } from './pooling.ts'
import { sumPerUnit } from './units.ts'

/**
 * CLAPP++ as plasticity, without a loss: the three-factor rule of *Can Local Learning Match Self-Supervised
 * Backpropagation?* (Wu, Delrocq, Gerstner, Bellec, arXiv 2601.21683), after CLAPP (Illing et al. 2021):
 *
 *     ΔW_ji = γ · (B c)_j · ρ'(a_j) · z_i          (the layer below is z_i)
 *     γ = +1 for an active positive, -1 for an active negative, 0 where the hinge is satisfied
 *
 * neuromodulator × dendritic prediction × Hebbian term. B moves by γ · z cᵀ. Every update equals the negative
 * gradient of `clapp` with the hinge, element by element: a standing test.
 */
export interface ThreeFactorOptions {
  /** As `clapp`'s; default 'global'. */
  readonly pool?: Pool
  /** Where the reference c comes from: the same layer, or the top layer (direct feedback). */
  readonly context?: 'same' | 'top'
  /** Negatives per row. */
  readonly negatives?: number
}

const checks: check.Checks<ThreeFactorOptions> = {
  pool: aPool.optional(),
  context: check.oneOf('same', 'top').optional(),
  negatives: check.count.optional(),
}

/** CLAPP++ by explicit updates: neuromodulator × dendrite × Hebbian term. */
export function clappThreeFactor(
  options: ThreeFactorOptions = {},
  ...extra: readonly undefined[]
): Rule<'a' | 'b'> {
  const {
    pool = 'global',
    context = 'same',
    negatives = 1,
  } = check.options('clappThreeFactor', checks, options, extra)
  return rule(
    'clapp-three-factor',
    (layer) => {
      const z = flatPool(layer.out.rows, pool, layer.index)
      const c = context === 'same' ? z : flatPool(layer.top.rows, pool, layer.depth - 1)
      const rows = z.size(0)
      const projection = layer.parameter('projection', [z.size(1), c.size(1)])
      const prediction = c.matmul(projection, { transposeB: true })

      const [positive, drawn] = [otherView(z, layer), layer.negatives(negatives)]
      const negative = positive.rows(drawn)
      const scores = [positive.mul(prediction).sum(1), negative.mul(prediction).sum(2)] as const
      const attract = scores[0].neg().add(1).heaviside().div(rows).reshape(rows, 1)
      const repel = scores[1]
        .add(1)
        .heaviside()
        .div(-rows * negatives)
        .reshape(negatives, rows, 1)

      // What the dendrites of each row receive: it is the positive of one row, and a negative of some.
      const dendrite = prediction.mul(attract).add(prediction.mul(repel).segmentSum(drawn, rows))
      const post = layer.gate(spread(otherView(dendrite, layer), layer.out.rows, pool, layer.index))
      const modulated = positive.mul(attract).add(negative.mul(repel).sum(0))
      return {
        updates: {
          weight: layer.correlate(post),
          ...(layer.bias ? { bias: sumPerUnit(post) } : {}),
          projection: modulated.matmul(c, { transposeA: true }),
        },
        loss: hinge(scores[0]).add(hinge(scores[1].neg())).stopGradient(),
      }
    },
    { locality: clappReads(context), needs: { images: 2 } },
  )
}

const hinge = (score: Tensor): Tensor => score.neg().add(1).relu().mean()

/** Rows [a; b] as [b; a]. */
const otherView = (rows: Tensor, { images }: RuleContext): Tensor =>
  concat([rows.slice(0, images, 2 * images), rows.slice(0, 0, images)])

/** A signal on pooled features as each pixel of the tile receives it: in equal parts. */
function spread(signal: Tensor, like: Tensor, pool: Pool, index: number): Tensor {
  if (like.shape.length === 2) return signal
  const [rows = 0, channels = 0, height = 0, width = 0] = like.shape
  const size = pool === 'global' ? height : typeof pool === 'number' ? pool : (pool[index] ?? 1)
  const across = pool === 'global' ? width : size
  return signal
    .div(size * across)
    .reshape(rows, channels, height / size, 1, width / across, 1)
    .broadcast(rows, channels, height / size, size, width / across, across)
    .reshape(rows, channels, height, width)
}

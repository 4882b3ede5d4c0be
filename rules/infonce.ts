import { check, concat, rule, type Rule, type Tensor } from 'hebb'
import { averaged } from './pooling.ts'
import { unitLength } from './rows.ts'

/**
 * InfoNCE (van den Oord, Li, Vinyals 2018) as in *Can Local Learning Match Self-Supervised Backpropagation?*
 * (arXiv 2601.21683): cosine similarity of linear projections, softmax over rows, the diagonal is the target.
 * One matrix W (no bias) projects both sides and learns from both:
 *
 *     L = - mean_i log softmax_j (cos(W z_i, W c_j) / τ)  at j = i
 *
 * - asymmetric: z = [b; a] with gradient, c = [a; b] a constant to it; 2N × 2N.
 * - symmetric: z = a, c = b, gradients through both; N × N, this one direction (the paper's BP-InfoNCE).
 *
 * Logged are the mean similarities over τ of targets and of all others, `positive` and `negative`.
 */
export interface InfoNceOptions {
  /** Rows of W. */
  readonly dimension?: number
  /** What similarities are divided by; default 0.1. */
  readonly temperature?: number
  /** Whether gradients flow through both views; default false. */
  readonly symmetric?: boolean
}

const checks: check.Checks<InfoNceOptions> = {
  dimension: check.count.optional(),
  temperature: check.positive.optional(),
  symmetric: check.flag.optional(),
}

/** The mean of a square of similarities but for those on its diagonal, which are the targets [rows]. */
const meanOfOthers = (square: Tensor, diagonal: Tensor): Tensor => {
  const rows = diagonal.size(0)
  return square
    .sum()
    .sub(diagonal.sum())
    .div(rows * (rows - 1))
}

/** Views of an image are told from views of the others in the batch, by a projection per layer. */
export function infoNCE(options: InfoNceOptions = {}, ...extra: readonly undefined[]): Rule<'a' | 'b'> {
  const {
    dimension = 1024,
    temperature = 0.1,
    symmetric = false,
  } = check.options('infoNCE', checks, options, extra)
  return rule(
    'infonce',
    ({ out, parameter }) => {
      const [a, b] = [averaged(out.a), averaged(out.b)]
      const [z, c] = symmetric ? [a, b] : [concat([b, a]), concat([a, b]).stopGradient()]
      const projection = parameter('projection', [dimension, a.size(1)])
      const project = (rows: Tensor) => unitLength(rows.matmul(projection, { transposeB: true }))
      const [left, right] = [project(z), project(c)]
      const similarity = left.matmul(right, { transposeB: true }).div(temperature)
      const target = left.mul(right).sum(1).div(temperature)
      return {
        loss: similarity.logSumExp(1).sub(target).mean(),
        log: { positive: target.mean(), negative: meanOfOthers(similarity, target) },
      }
    },
    // All rows are each other's negatives; their similarities, and the lengths of rows, are scalars.
    { locality: ['pre', 'post', 'samples', 'scalar'], needs: { images: 2 } },
  )
}

import {
  check,
  concat,
  rule,
  type LoggedLoss,
  type Rule,
  type RuleContext,
  type SignalKind,
  type Tensor,
} from 'hebb'
import { hinge, type Contrast } from './contrast.ts'
import { aPool, flatPool, type Pool } from './pooling.ts'

/**
 * CLAPP++ and its relatives, from *Can Local Learning Match Self-Supervised Backpropagation?* (Wu, Delrocq,
 * Gerstner, Bellec, arXiv 2601.21683), after CLAPP (Illing, Ventura, Bellec, Gerstner, NeurIPS 2021).
 *
 * A score z · B c compares the activity z of a layer with what a reference c (the "context") predicts. With
 * the hinge, another view of the image must score above 1 and another image below -1:
 *
 *     L = f(z_pos · B c) + f(- z_neg · B c)
 *
 * c is a constant to the gradient; B (stored [dim z, dim c], as PyTorch's Linear) learns by the same loss.
 *
 * Logged are the means of both scores, `positive` and `negative`.
 *
 * Deviation from the authors' code: negatives are random rows of other images, not always the next row.
 */
export interface ClappOptions {
  /**
   * Side of the tiles over which activity is averaged before the score, one for all layers or one per layer.
   * The tiles are flattened, so that B mixes positions. 'global' averages over the whole map.
   */
  readonly pool?: Pool
  /** Where the reference comes from: the same layer, the top layer (direct feedback), or one loss for each. */
  readonly context?: 'same' | 'top' | 'both'
  /** How scores of positives and negatives become a loss; default `hinge()`. */
  readonly contrast?: Contrast
  /** Negatives per row. */
  readonly negatives?: number
  /** Learning rate of B, as a multiple of the encoder's. */
  readonly projectionRate?: number
}

const variantChecks: check.Checks<Variant> = {
  contrast: check.callback<Contrast>('a contrast, such as hinge()').optional(),
  negatives: check.count.optional(),
  projectionRate: check.notNegative.optional(),
}
const checks: check.Checks<ClappOptions> = {
  ...variantChecks,
  pool: aPool.optional(),
  context: check.oneOf('same', 'top', 'both').optional(),
}

/** CLAPP and its relatives by their options; `global(clapp())` is Hinge-CPC. */
export function clapp(given: ClappOptions = {}, ...extra: readonly undefined[]): Rule<'a' | 'b'> {
  const options = check.options('clapp', checks, given, extra)
  const locality = clappReads(options.context)
  const teach = (layer: RuleContext<'a' | 'b'>): LoggedLoss => {
    const { pool = 'global', context = 'same', contrast = hinge() } = options
    const read = (rows: Tensor, index: number) => flatPool(rows, pool, index)
    const same = read(layer.out.rows, layer.index)
    const other = concat([same.slice(0, layer.images, 2 * layer.images), same.slice(0, 0, layer.images)])
    const teach = (name: string, reference: Tensor) => {
      const [positive, negative] = scores(layer, name, reference.stopGradient(), other, options)
      const loss = check.returned('the contrast of clapp', contrast(positive, negative))
      return { loss, log: { positive: positive.mean(), negative: negative.mean() } }
    }
    const top = () => read(layer.top.rows, layer.depth - 1)
    const lesson = {
      same: () => teach('projection', same),
      top: () => teach('projection', top()),
      both: () => sum({ feedback: teach('feedback', top()), lateral: teach('lateral', same) }),
    }
    return lesson[context]()
  }
  return rule('clapp', teach, { locality, needs: { images: 2 } })
}

/** One loss of two, with what both log. */
function sum({ feedback, lateral }: Record<'feedback' | 'lateral', Required<LoggedLoss>>): LoggedLoss {
  const named = Object.entries({ feedback, lateral }).flatMap(([name, { log }]) =>
    Object.entries(log).map(([what, value]) => [`${name}.${what}`, value] as const),
  )
  return { loss: feedback.loss.add(lateral.loss), log: Object.fromEntries(named) }
}

/**
 * Negatives are other samples, and γ, the derivative of the contrast by the score, is a scalar that all units
 * share; what distinguishes the variants is whether the top layer is read.
 */
export const clappReads = (context: ClappOptions['context'] = 'same'): readonly SignalKind[] => [
  ...(['pre', 'post', 'samples', 'scalar'] as const),
  ...(context === 'same' ? [] : (['top'] as const)),
]

/** Scores of the positives [rows] and of the negatives [K, rows] against the prediction B c of each row. */
function scores(
  layer: RuleContext,
  name: string,
  reference: Tensor,
  other: Tensor,
  { negatives = 1, projectionRate = 1 }: ClappOptions,
): [positive: Tensor, negative: Tensor] {
  const projection = layer.parameter(name, [other.size(1), reference.size(1)], { rate: projectionRate })
  const prediction = reference.matmul(projection, { transposeB: true })
  const negative = other.rows(layer.negatives(negatives))
  return [other.mul(prediction).sum(1), negative.mul(prediction).sum(2)]
}

type Variant = Omit<ClappOptions, 'pool' | 'context'>

/** CLAPP++: same-layer reference, activity pooled over tiles and flattened ("2D spatial dependence"). */
export const clappPlusPlus = (
  pool: Pool,
  options: Variant = {},
  ...extra: readonly undefined[]
): Rule<'a' | 'b'> => variant('clappPlusPlus', 'same', pool, options, extra)

/** CLAPP++DFB: the reference is fed back directly from the top layer. */
export const clappDirectFeedback = (
  pool: Pool,
  options: Variant = {},
  ...extra: readonly undefined[]
): Rule<'a' | 'b'> => variant('clappDirectFeedback', 'top', pool, options, extra)

/** CLAPP++both: the sum of the two losses, each with a projection of its own. */
export const clappBoth = (
  pool: Pool,
  options: Variant = {},
  ...extra: readonly undefined[]
): Rule<'a' | 'b'> => variant('clappBoth', 'both', pool, options, extra)

const variant = (
  name: string,
  context: 'same' | 'top' | 'both',
  pool: Pool,
  options: Variant,
  extra: readonly unknown[],
): Rule<'a' | 'b'> =>
  clapp({
    ...check.options(name, variantChecks, options, extra),
    pool: check.argument(name, 'pool', aPool, pool),
    context,
  })

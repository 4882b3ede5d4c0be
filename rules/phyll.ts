import { check, init, rule, type Rule, type RuleContext, type Tensor } from 'hebb'
import { phyllContrast } from './contrast.ts'
import { averaged } from './pooling.ts'

/**
 * Physical local learning, PhyLL (Momeni, Rahmani, Malléjac, del Hougne, Fleury, *Backpropagation-free training of deep
 * physical neural networks*, Science 382, 2023): the forward pass may be any physical system, for nothing of it is
 * differentiated but the layer's own weights. A layer's goodness g is the cosine of its activity with a direction v
 * that is drawn once; positive images must lie nearer to it than negative ones:
 *
 *     L = log(1 + exp(θ (g_neg - g_pos))),   g = cos(z, v)
 *
 * Views 'positive' and 'negative', as for Forward-Forward: `paintLabel()`. Two more scores g are those of the one
 * frame for local rules in *Can Local Learning Match Self-Supervised Backpropagation?* (arXiv 2601.21683), in which the
 * activity is compared to itself, g = z · B c with c = z, a constant to the gradient: B is the identity, or learns.
 * Maps are averaged over positions.
 *
 * Deviation from the authors' code: one step per batch instead of 25.
 */
export interface PhyllOptions {
  /** θ; the authors' 4. */
  readonly theta?: number
  /** What goodness is measured by; default 'direction'. */
  readonly score?: 'direction' | 'identity' | 'trainable'
}

const checks: check.Checks<PhyllOptions> = {
  theta: check.positive.optional(),
  score: check.oneOf('direction', 'identity', 'trainable').optional(),
}

/** Forward-Forward whose positives and negatives are compared with each other. */
export function phyll(
  options: PhyllOptions = {},
  ...extra: readonly undefined[]
): Rule<'positive' | 'negative'> {
  const { theta = 4, score = 'direction' } = check.options('phyll', checks, options, extra)
  return rule(
    'phyll',
    (layer) => {
      const [positive, negative] = [averaged(layer.out.positive), averaged(layer.out.negative)]
      const goodness = scores[score](layer, positive.size(1))
      return phyllContrast({ theta })(goodness(positive), goodness(negative).reshape(1, -1))
    },
    // Positive and negative images are views of one sample; their goodness is a scalar.
    { locality: ['pre', 'post', 'scalar'] },
  )
}

/** How a layer of so many features scores its activity [rows, features]: [rows]. */
type Score = (layer: RuleContext<'positive' | 'negative'>, features: number) => (z: Tensor) => Tensor

const direction: Score = ({ fixed }, features) => {
  const v = fixed('direction', [features], { init: init.normal(1) })
  return (z) =>
    z
      .mul(v)
      .sum(1)
      .div(length(z))
      .div(length(v.reshape(1, features)))
}

const identity: Score = () => (z) => z.mul(z.stopGradient()).sum(1)

const trainable: Score = ({ parameter }, features) => {
  const projection = parameter('projection', [features, features])
  return (z) => z.mul(z.stopGradient().matmul(projection, { transposeB: true })).sum(1)
}

const scores = { direction, identity, trainable } satisfies Record<NonNullable<PhyllOptions['score']>, Score>

/** Lengths of rows, [rows]; below 1e-6 they count as 1e-6, where their gradient is 0. */
const length = (rows: Tensor): Tensor => rows.square().sum(1).maximum(1e-12).sqrt()

import {
  check,
  gradient,
  lossOf,
  rule,
  type Plasticity,
  type Rule,
  type RuleContext,
  type Tensor,
} from 'hebb'
import { sumPerUnit } from './units.ts'

/**
 * Feedback alignment (Lillicrap, Cownden, Tweed, Akerman, *Random synaptic feedback weights support error
 * backpropagation for deep learning*, Nature Communications 2016): backpropagation of a global loss in which fixed
 * random weights B carry the error down instead of the transposed weights Wᵀ:
 *
 *     δ^l = (B^{l+1} δ^{l+1}) ∘ ρ'(a^l),   ΔW^l = - δ^l z^{l-1}
 *
 * A rule of the whole encoder: `global(feedbackAlignment(loss))`. Layers have one conv or linear module each. The
 * loss' own parameters (a projection, say) learn by its gradient.
 */
export const feedbackAlignment = <View extends string>(
  loss: Rule<View>,
  ...extra: readonly undefined[]
): Rule<View> =>
  carriedDown(
    'feedback-alignment',
    check.rule('feedbackAlignment', loss, extra),
    ({ fixed }, layer, weight) => fixed(`${layer}.feedback`, weight.shape),
  )

/**
 * Backpropagation itself, written as the same rule with the transposed weights: it equals the gradient of the loss
 * (a standing test), and shows in the locality table what feedback alignment does without.
 */
export const weightTransport = <View extends string>(
  loss: Rule<View>,
  ...extra: readonly undefined[]
): Rule<View> =>
  carriedDown('weight-transport', check.rule('weightTransport', loss, extra), (_, __, weight) => weight)

function carriedDown<View extends string>(
  name: string,
  loss: Rule<View>,
  backward: (block: RuleContext<View>, layer: string, weight: Tensor) => Tensor,
): Rule<View> {
  return rule(
    name,
    (block): Plasticity => {
      const { loss: value, log } = lossOf(loss, block)
      const updates: Record<string, Tensor> = {}
      let error = gradient(value, block.out.rows)
      for (const { layer, weight, bias, gate, correlate, feedback } of block.layers.toReversed()) {
        const delta = gate(error)
        updates[`${layer}.weight`] = correlate(delta).neg()
        if (bias) updates[`${layer}.bias`] = sumPerUnit(delta).neg()
        if (layer !== block.layers[0]?.layer) error = feedback(delta, backward(block, layer, weight))
      }
      return { updates, loss: value, log }
    },
    { needs: loss.needs },
  )
}

/**
 * Direct feedback alignment (Nøkland, *Direct feedback alignment provides learning in deep neural networks*, NeurIPS
 * 2016): the error at the top, e = ∂L/∂z^L, reaches each layer directly through fixed random weights B^l:
 *
 *     δ^l = (B^l e) ∘ ρ'(a^l),   ΔW^l = - δ^l z^{l-1}
 *
 * A local rule that reads the top layer: `local(directFeedbackAlignment(loss))`. The top layer follows the gradient
 * of its loss. `loss` is one of the top layer's activity (and of labels, negatives, …), without parameters.
 */
export function directFeedbackAlignment<View extends string>(
  loss: Rule<View>,
  ...extra: readonly undefined[]
): Rule<View> {
  check.rule('directFeedbackAlignment', loss, extra)
  return rule(
    'direct-feedback-alignment',
    (layer) => {
      if (layer.index === layer.depth - 1) return lossOf(loss, layer)
      const { loss: value, log } = lossOf(loss, atTop(layer))
      const error = gradient(value, layer.top.rows).flatten(1)
      const { out, bias, gate, correlate } = layer
      const features = out.rows.flatten(1).size(1)
      const feedback = layer.fixed('feedback', [features, error.size(1)])
      const delta = gate(error.matmul(feedback, { transposeB: true }).reshape(...out.rows.shape))
      const updates: Record<string, Tensor> = { weight: correlate(delta).neg() }
      if (bias) updates.bias = sumPerUnit(delta).neg()
      return { updates, loss: value.stopGradient(), log }
    },
    // Whatever the loss reads, and the top layer; never another layer's weights.
    {
      ...(loss.locality ? { locality: ['pre', 'post', 'top', ...loss.locality] } : {}),
      needs: loss.needs,
    },
  )
}

/** The rule's view of the top layer from a layer below. */
const atTop = <View extends string>(layer: RuleContext<View>): RuleContext<View> =>
  Object.defineProperty(Object.create(layer) as RuleContext<View>, 'out', { value: layer.top })

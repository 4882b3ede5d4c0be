import {
  adam,
  classify,
  conv,
  flatten,
  global,
  layer,
  linear,
  local,
  maxPool,
  program,
  relu,
  type Credit,
  type Program,
} from 'hebb'
import * as rules from 'hebb/rules'

/**
 * One supervised network on Fashion-MNIST, whose error reaches the layers below in three ways: through fixed random
 * weights from layer to layer (feedback alignment), straight from the top through fixed random weights (direct
 * feedback alignment), and through the transposed weights (backpropagation).
 */
const supervised = (name: string, learn: Credit): Program =>
  program({
    name,
    input: { channels: 1, size: 28, pad: 2, mean: [0.286], std: [0.353] },
    views: ['image'],
    batch: 64,
    encoder: [
      layer('conv1', conv(16), relu(), maxPool(2)),
      layer('conv2', conv(32), relu(), maxPool(2)),
      layer('hidden', flatten(), linear(128), relu()),
      layer('classes', linear(10)),
    ],
    learn,
    optimizer: adam({ lr: 1e-3 }),
  })

export const feedbackAlignment = supervised('feedback alignment', global(rules.feedbackAlignment(classify())))
export const directFeedbackAlignment = supervised(
  'direct feedback alignment',
  local(rules.directFeedbackAlignment(classify())),
)
export const backpropagation = supervised('backpropagation', global(classify()))

export default feedbackAlignment

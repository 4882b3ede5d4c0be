import { adamw, conv, layer, local, maxPool, program, relu } from 'hebb'
import { clappPlusPlus } from 'hebb/rules'

export default program({
  input: { channels: 1, size: 28, mean: [0.286], std: [0.353] },
  batch: 20,
  encoder: [layer('conv1', conv(4), relu(), maxPool(2)), layer('conv2', conv(8), relu(), maxPool(2))],
  learn: local(clappPlusPlus(7)),
  optimizer: adamw({ lr: 1e-3 }),
})

import { adamw, conv, layer, local, maxPool, program, relu } from 'hebb'
import { clappPlusPlus } from 'hebb/rules'

export default program({
  input: { channels: 1, size: 28 },
  batch: 64,
  encoder: [layer('conv1', conv(32), relu(), maxPool(2)), layer('conv2', conv(64), relu(), maxPool(2))],
  learn: local(clappPlusPlus([7, 7])),
  optimizer: adamw({ lr: 2e-4 }),
  precision: 'mixed',
})

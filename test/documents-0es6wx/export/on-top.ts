import { adamw, batchNorm, conv, layer, local, maxPool, program, relu } from 'hebb'
import { ntXent } from 'hebb/rules'

export default program({
  input: { channels: 1, size: 28, mean: [0.286], std: [0.353] },
  batch: 64,
  encoder: [
    layer('conv1', { frozen: true }, conv(8, { bias: false }), batchNorm(), relu(), maxPool(2)),
    layer('conv2', conv(16), relu(), maxPool(2)),
  ],
  learn: local(ntXent()),
  optimizer: adamw({ lr: 1e-3 }),
})

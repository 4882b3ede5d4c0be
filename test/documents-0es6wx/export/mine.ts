import { adamw, batchNorm, conv, layer, local, maxPool, program, relu, residual } from 'hebb'
import { ntXent } from 'hebb/rules'

export default program({
  input: { channels: 1, size: 28, mean: [0.286], std: [0.353] },
  batch: 64,
  encoder: [
    layer('conv1', conv(8, { bias: false }), batchNorm(), relu(), maxPool(2)),
    layer('block', residual([conv(8, { bias: false }), batchNorm(), relu(), conv(8)]), relu(), maxPool(2)),
  ],
  learn: local(ntXent(), { allow: ['statistics'] }),
  optimizer: adamw({ lr: 1e-3 }),
})

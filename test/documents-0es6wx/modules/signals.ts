import { averagePool, conv, layer, local, maxPool, program, relu, sgd } from 'hebb'
import { infoNCE } from 'hebb/rules'

export default program({
  input: { channels: 1, size: [1, 1024] },
  batch: 32,
  encoder: [
    layer('conv1', conv(16, { kernel: [1, 9], stride: [1, 2] }), relu(), maxPool([1, 2])),
    layer('conv2', conv(32, { kernel: [1, 9], dilation: [1, 2] }), relu(), averagePool([1, 4])),
  ],
  readout: [
    [1, 32],
    [1, 16],
  ],
  learn: local(infoNCE()),
  optimizer: sgd({ lr: 0.1 }),
})

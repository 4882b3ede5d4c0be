import { adamw, conv, layer, local, maxPool, program, relu } from 'hebb'
import { vicreg } from 'hebb/rules'

export default program({
  input: { channels: 2, size: [1, 128], type: 'float32' },
  batch: 12,
  encoder: [
    layer('conv1', conv(8, { kernel: [1, 9] }), relu(), maxPool([1, 2])),
    layer('conv2', conv(8, { kernel: [1, 5] }), relu(), maxPool([1, 2])),
  ],
  learn: local(vicreg()),
  optimizer: adamw({ lr: 1e-2 }),
})

import { conv, layer, local, maxPool, program, relu, sgd } from 'hebb'
import { infoNCE } from 'hebb/rules'

export default program({
  input: { channels: 1, size: 28 },
  batch: 32,
  encoder: [
    layer('conv1', conv(16), relu()),
    layer('conv2', conv(16), relu()),
    layer('both', { from: ['conv1', 'conv2'] }, conv(32), relu(), maxPool(2)),
    layer('image', { from: ['input'] }, conv(32, { stride: 2 }), relu()),
    layer('top', { from: ['both', 'image'], join: 'add' }, conv(64), relu()),
  ],
  learn: local(infoNCE()),
  optimizer: sgd({ lr: 0.1 }),
})

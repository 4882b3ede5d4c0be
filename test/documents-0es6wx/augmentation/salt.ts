import { conv, layer, local, program, relu, sgd, simclr, transform, where, type Transform } from 'hebb'
import { infoNCE } from 'hebb/rules'

/** White pixels in place of some, up to `most` of a row's. */
export const salt = (most = 0.1): Transform =>
  transform({
    name: 'salt',
    apply: (images, draw) => {
      const [height, width] = [images.size(2), images.size(3)]
      const share = draw('share').mul(most).reshape(-1, 1, 1, 1)
      const strewn = draw('where', 1, height, width).less(share)
      return where(strewn, 1, images)
    },
  })

export default program({
  input: { channels: 1, size: 28, mean: [0.286], std: [0.353] },
  augment: [...simclr({ scale: [0.3, 1] }), salt()],
  batch: 32,
  encoder: [layer('conv1', conv(16), relu())],
  learn: local(infoNCE()),
  optimizer: sgd({ lr: 0.1 }),
})

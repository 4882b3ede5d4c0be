import { conv, layer, local, program, relu, sgd, transform, type Transform } from 'hebb'
import { infoNCE } from 'hebb/rules'

/** Each row at a light of its own, from `least` to all of it. */
export const dim = (least = 0.5): Transform =>
  transform({
    name: 'dim',
    apply: (images, draw) =>
      images.mul(
        draw('light')
          .mul(1 - least)
          .add(least)
          .reshape(-1, 1, 1, 1),
      ),
    encode: (images) => images.mul((1 + least) / 2),
  })

export default program({
  input: { channels: 1, size: 28 },
  augment: [dim()],
  batch: 32,
  encoder: [layer('conv1', conv(16), relu())],
  learn: local(infoNCE()),
  optimizer: sgd({ lr: 0.1 }),
})

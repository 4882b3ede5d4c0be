import { constant, scalar } from '../../ops/leaf.ts'
import { Tensor, where } from '../tensor.ts'

/** Less than any difference of two channels that can be seen, and no zero. */
const NO_CHROMA = 1e-20

/**
 * Turns the hue of images [rows, 3, height, width] in 0..1 by `turns` [rows, 1, 1, 1] of the colour circle; value
 * and saturation stay. The same function of the pixels as RGB → HSV → RGB in torchvision's adjust_hue, but the way
 * back is one formula for all six sectors, without selecting among them:
 *
 *     channel = value - chroma · clamp(2 - | |6 hue - c| - 3 |, 0, 1),  6 hue in 0..6,  c = 0, 2, 4 for r, g, b
 */
export function shiftHue(images: Tensor, turns: Tensor): Tensor {
  const [r, g, b] = [0, 1, 2].map((channel) => images.slice(1, channel, channel + 1))
  if (!r || !g || !b) throw new Error('hue needs three channels')
  const value = r.maximum(g).maximum(b)
  const chroma = value.sub(r.minimum(g).minimum(b))
  const [isRed, isGreen] = [value.eq(r), value.eq(g)]
  // Of a grey pixel the hue does not matter; it must only be a number.
  const within = where(isRed, g.sub(b), where(isGreen, b.sub(r), r.sub(g))).div(chroma.maximum(NO_CHROMA))
  const start = (sixths: number) => new Tensor(scalar(images.dtype, sixths))
  const sector = where(isRed, start(0), where(isGreen, start(2), 4))
  const turned = within.add(sector).add(turns.mul(6))
  const sixths = turned.sub(turned.div(6).floor().mul(6))
  const centres = new Tensor(constant(images.dtype, [1, 3, 1, 1], [0, 2, 4]))
  const share = sixths.sub(centres).abs().sub(3).abs().neg().add(2).clamp(0, 1)
  return value.sub(chroma.mul(share))
}

import { constant } from '../../ops/leaf.ts'
import { Tensor, where } from '../tensor.ts'

/**
 * Turns the hue of images [rows, 3, height, width] in 0..1 by `turns` [rows, 1, 1, 1] of the colour circle; value
 * and saturation stay. The same function of the pixels as RGB → HSV → RGB in torchvision's adjust_hue, but the way
 * back is one formula for all six sectors, without selecting among them:
 *
 *     channel = value - chroma · clamp(min(k, 4 - k), 0, 1),  k = (n + 6 hue) mod 6,  n = 5, 3, 1 for r, g, b
 */
export function shiftHue(images: Tensor, turns: Tensor): Tensor {
  const [r, g, b] = [0, 1, 2].map((channel) => images.slice(1, channel, channel + 1))
  if (!r || !g || !b) throw new Error('hue needs three channels')
  const value = r.maximum(g).maximum(b)
  const chroma = value.sub(r.minimum(g).minimum(b))
  // Of a grey pixel the hue does not matter; it must only be a number.
  const divisor = chroma.add(chroma.eq(0).cast(images.dtype))
  const sector = (from: Tensor, to: Tensor, start: number) => from.sub(to).div(divisor).add(start)
  const sixths = where(
    value.eq(r),
    sector(g, b, 0),
    where(value.eq(g), sector(b, r, 2), sector(r, g, 4)),
  ).add(turns.mul(6))
  const k = sixths.add(new Tensor(constant(images.dtype, [1, 3, 1, 1], [5, 3, 1])))
  const wrapped = k.sub(k.div(6).floor().mul(6))
  return value.sub(chroma.mul(wrapped.minimum(wrapped.neg().add(4)).clamp(0, 1)))
}
